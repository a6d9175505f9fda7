/** A document opened at a place: the text that was read, page by page, over whatever was looked at before. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { Problem, wordsFor } from '../../api.ts'
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { documentsOf, type Opening } from './documents.ts'
import { Reading } from './reading.ts'
import { Text } from './text.tsx'
import { wordsOfFile, wordsOfUnit } from './words.ts'

const words = strings.preview

export interface Passage {
  start: number
  end: number
}

export function Preview() {
  const { opened } = documentsOf(useRoom())
  const opening = opened.value
  if (!opening) return null
  return <PreviewDialog key={opening.id} opening={opening} onClosed={() => {
    opened.value = null
  }} />
}

function PreviewDialog({ opening, onClosed }: { opening: Opening; onClosed: () => void }) {
  const room = useRoom()
  const documents = documentsOf(room)
  const dialog = useRef<HTMLDialogElement>(null)
  const [reading] = useState(() => new Reading(room.api, documents.pathOf(opening.id)))
  const [passage, setPassage] = useState<Passage | null>(null)
  const [jumped, setJumped] = useState<number | null>(null)
  const row = documents.rows.value.find(({ id }) => id === opening.id)

  useEffect(() => {
    dialog.current!.showModal()
  }, [])
  useEffect(() => {
    const open = async () => {
      const found = await whereIs(reading, opening)
      await reading.openAt(found.start)
      setPassage(found)
    }
    open().catch((error) => {
      reading.problem.value = error
    })
    reading.loadContents().catch((error) => console.error(error))
  }, [reading, opening])

  const problem = reading.problem.value
  const nothing = reading.of.value === null
  return (
    <dialog
      ref={dialog}
      class="preview"
      aria-labelledby="preview-title"
      onClose={onClosed}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      <div class="preview-head">
        <div class="preview-name">
          <h2 id="preview-title">
            <bdi>{row?.name ?? opening.name}</bdi>
          </h2>
          {row && <p class="hint">{wordsOfFile(row)}</p>}
        </div>
        <button type="button" onClick={() => dialog.current!.close()}>
          {words.close}
        </button>
        <div class="preview-tools">
          <Jump
            reading={reading}
            onJump={async (at) => {
              await reading.openAt(at)
              setJumped(at)
            }}
          />
          <a class="button" href={documents.fileOf(opening.id)} download aria-label={strings.downloadName(opening.name)}>
            {strings.download}
          </a>
        </div>
      </div>
      <div class="preview-body" tabIndex={0} role="region" aria-label={words.text}>
        {problem !== null && (
          <p class="alert" role="alert">
            {problem instanceof Problem && problem.status === 404 ? words.gone : wordsFor(problem)}
          </p>
        )}
        {nothing && problem === null && <p class="hint">{words.loading}</p>}
        {passage && opening.quote && passage.start === passage.end && <p class="warn">{words.notFound}</p>}
        <Text
          reading={reading}
          passage={passage}
          query={opening.query ?? ''}
          jumped={jumped}
          pictureOf={row?.kind === 'pdf' ? (number) => documents.pictureOf(row.id, number, passage) : null}
        />
      </div>
    </dialog>
  )
}

/** Where to open: the passage itself, or where a citation's words stand. */
async function whereIs(reading: Reading, { start, end, place, quote }: Opening): Promise<Passage> {
  if (start !== undefined) return { start, end: end ?? start }
  return place || quote ? reading.locate(place, quote ?? '') : { start: 0, end: 0 }
}

function Jump({ reading, onJump }: { reading: Reading; onJump: (at: number) => void }) {
  const entries = reading.contents.value
  if (entries.length < 2) return null
  return (
    <label class="preview-jump">
      <span class="hidden">{words.jump}</span>
      <select
        value=""
        onChange={({ currentTarget }) => {
          onJump(Number(currentTarget.value))
          currentTarget.value = ''
        }}
      >
        <option value="">{words.jump}…</option>
        {entries.map(({ start, level, title, place }, at) => (
          <option key={at} value={start}>
            {level === 0 ? wordsOfUnit(place) : `${'\u2003'.repeat(level)}${title}`}
          </option>
        ))}
      </select>
    </label>
  )
}
