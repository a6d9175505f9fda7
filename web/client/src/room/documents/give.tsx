/** Giving files: pick them, say how they may be used, then they are sent. */
import type { TargetedSubmitEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { documentsOf, type Picked } from './documents.ts'
import { ACCEPT, unreadable } from './kinds.ts'
import type { Wishes } from './sending.ts'
import { WishesForm } from './wishes-form.tsx'
import { wordsOfSize } from './words.ts'

export function Give() {
  const room = useRoom()
  const documents = documentsOf(room)
  const field = useRef<HTMLInputElement>(null)
  const picked = documents.picked.value
  return (
    <>
      <div class="drop-box">
        <button type="button" class={picked.length > 0 ? '' : 'primary'} onClick={() => field.current?.click()}>
          {strings.pick}
        </button>
        <p class="hint drop-word">{strings.drop}</p>
        <p class="hint">{strings.kindsHint(room.config.value?.reads_pictures ?? false)}</p>
        <input
          ref={field}
          id="documents-field"
          type="file"
          multiple
          hidden
          accept={ACCEPT}
          aria-label={strings.pick}
          onChange={({ currentTarget }) => {
            documents.pick([...(currentTarget.files ?? [])].map((file) => ({ file, isFolder: false })))
            currentTarget.value = ''
          }}
        />
      </div>
      {picked.length > 0 && <Tray picked={picked} />}
    </>
  )
}

function Tray({ picked }: { picked: Picked[] }) {
  const room = useRoom()
  const documents = documentsOf(room)
  const readsPictures = room.config.value?.reads_pictures ?? false
  const [wishes, setWishes] = useState<Wishes>({ quote: 'anonymous', visibility: 'private' })
  const fine = picked.filter(({ file, isFolder }) => !unreadable(file, isFolder, readsPictures))
  const clear = () => {
    documents.picked.value = []
  }
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    clear()
    documents.uploads.give(
      fine.map(({ file }) => file),
      wishes,
    )
  }
  return (
    <form class="tray" onSubmit={submit} aria-labelledby="tray-title">
      <h3 id="tray-title" tabIndex={-1} ref={focusOnce}>
        {fine.length > 0 ? strings.trayTitle(fine.length) : strings.trayNone}
      </h3>
      <ul class="tray-files">
        {picked.map((one, at) => (
          <TrayFile
            key={`${at}-${one.file.name}`}
            one={one}
            onLeaveOut={() => {
              documents.picked.value = picked.filter((other) => other !== one)
            }}
          />
        ))}
      </ul>
      {fine.length > 0 && <WishesForm name="tray" wishes={wishes} onChange={setWishes} />}
      <p class="actions">
        {fine.length > 0 && (
          <button type="submit" class="primary">
            {strings.giving(fine.length)}
          </button>
        )}
        <button type="button" class="quiet" onClick={clear}>
          {strings.cancel}
        </button>
      </p>
    </form>
  )
}

function TrayFile({ one, onLeaveOut }: { one: Picked; onLeaveOut: () => void }) {
  const { file, isFolder } = one
  const why = unreadable(file, isFolder, useRoom().config.value?.reads_pictures ?? false)
  return (
    <li class={why ? 'refused' : ''}>
      <p class="tray-name">
        <bdi>{file.name}</bdi> {!why && <span class="hint">{wordsOfSize(file.size)}</span>}
      </p>
      <button type="button" class="quiet" aria-label={strings.leaveOut(file.name)} onClick={onLeaveOut}>
        <span aria-hidden="true">×</span>
      </button>
      {why && <p class="warn">{strings.unreadable[why]}</p>}
    </li>
  )
}
