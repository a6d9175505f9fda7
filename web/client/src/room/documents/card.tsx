/** One document: what it is, how far its reading is, what was left out, and what its owner may do. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings } from '../../strings/documents.ts'
import { strings as roomStrings } from '../../strings/room.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { documentsOf } from './documents.ts'
import type { DocumentRow, Note } from './types.ts'
import { WishesForm } from './wishes-form.tsx'
import { wordsOfFile } from './words.ts'

export function DocumentCard({ row }: { row: DocumentRow }) {
  const room = useRoom()
  const documents = documentsOf(room)
  const [changing, setChanging] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const attempt = (act: Promise<void>) => act.then(() => setProblem(null)).catch((error) => setProblem(wordsFor(error)))
  const reads = room.session.value.facilitator_reads_inputs
  const readers = reads && row.visibility === 'private' ? strings.privateReadsShort : strings.visibilityShort[row.visibility]
  return (
    <article class={`document status-${row.status}`} data-document={row.id}>
      <p class="document-name">
        <bdi>{row.name}</bdi>
      </p>
      <p class="hint">{wordsOfFile(row)}</p>
      <Status row={row} />
      {row.status === 'ready' && <Notes row={row} />}
      {row.mine && (
        <p class="hint document-wishes">
          {readers} · {roomStrings.inputs.quoteShort[row.quote]}
        </p>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {changing ? (
        <ChangeForm row={row} onDone={() => setChanging(false)} />
      ) : (
        <p class="actions">
          {row.status === 'ready' && (
            <button type="button" aria-label={strings.openName(row.name)} onClick={() => {
              documents.opened.value = { id: row.id, name: row.name }
            }}>
              {strings.open}
            </button>
          )}
          <a class="button quiet" href={documents.fileOf(row.id)} download aria-label={strings.downloadName(row.name)}>
            {strings.download}
          </a>
          {row.mine && (
            <>
              <button
                type="button"
                class="quiet"
                aria-label={`${strings.change}: ${strings.changeName(row.name)}`}
                onClick={() => setChanging(true)}
              >
                {strings.change}
              </button>
              <Confirm
                label={strings.remove}
                about={row.name}
                question={strings.removeSure}
                yes={strings.remove}
                no={strings.sending.keep}
                onYes={() => attempt(documents.remove(row.id))}
              />
            </>
          )}
        </p>
      )}
    </article>
  )
}

function Status({ row }: { row: DocumentRow }) {
  if (row.status === 'failed')
    return (
      <p class="alert document-failed">
        <strong>{strings.status.failed}: </strong>
        {row.message}
      </p>
    )
  if (row.status === 'ready') return null
  const percent = row.status === 'processing' ? row.percent : 0
  return (
    <>
      <progress max={100} value={percent} aria-label={strings.reading(row.name)} />
      <p class="hint">
        <span class="pulse" aria-hidden="true" />
        {row.status === 'processing' ? strings.status.processing(percent) : strings.status.uploaded}
      </p>
    </>
  )
}

function Notes({ row }: { row: DocumentRow }) {
  return (
    <>
      {row.notes.length > 0 && (
        <ul class="document-notes">
          {row.notes.map((note) => (
            <li key={note.what}>{wordsOfNote(note)}</li>
          ))}
        </ul>
      )}
      {row.message && <p class="warn">{row.message}</p>}
    </>
  )
}

/** Where something is said, as far as anybody would look there. */
const LOOKED_AT = new Set(['hidden-text', 'needs-ocr', 'ocr-uncertain', 'hidden-slides', 'hidden-sheets'])
const SHOWN_PLACES = 8

function wordsOfNote({ what, count, where }: Note): string {
  const words = strings.notes[what]?.(count) ?? `${what}: ${count}`
  const shown = LOOKED_AT.has(what) ? where.slice(0, SHOWN_PLACES) : []
  return shown.length > 0 ? `${words} ${strings.noteWhere(shown, where.length > shown.length)}` : words
}

function ChangeForm({ row, onDone }: { row: DocumentRow; onDone: () => void }) {
  const documents = documentsOf(useRoom())
  const [wishes, setWishes] = useState({ quote: row.quote, visibility: row.visibility })
  const [problem, setProblem] = useState<string | null>(null)
  const save = async () => {
    try {
      await documents.change(row.id, wishes)
      onDone()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <form
      class="document-change"
      aria-label={strings.changeName(row.name)}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
      onKeyDown={(event) => event.key === 'Escape' && onDone()}
    >
      <WishesForm name={`change-${row.id}`} wishes={wishes} onChange={setWishes} />
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary">
          {strings.save}
        </button>
        <button type="button" class="quiet" onClick={onDone}>
          {strings.cancel}
        </button>
      </p>
    </form>
  )
}
