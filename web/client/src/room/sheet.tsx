/** The sheet: the statement, its toolbar, and what is shown while it is on its way. */
import { untracked, useSignal } from '@preact/signals'
import type { EditorState } from 'prosemirror-state'
import { useEffect, useRef, useState } from 'preact/hooks'
import { StatementEditor } from '../statement/editor.ts'
import { indexAt } from '../statement/positions.ts'
import { strings } from '../strings/room.ts'
import { voting } from '../strings/voting.ts'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import { LinkForm } from './link-form.tsx'
import type { Room } from './room.ts'
import { Toolbar } from './toolbar.tsx'

/** Whether this person can write right now: not after the connection ended, not while the text is frozen. */
export function mayWrite(room: Room): boolean {
  return !room.isObserver && room.connection.ending.value === null && !room.voting.frozen.value
}

export function Sheet() {
  const room = useRoom()
  const mount = useRef<HTMLDivElement>(null)
  const state = useSignal<EditorState | null>(null)
  const [linking, setLinking] = useState(false)
  const ready = room.connection.ready.value
  const writing = mayWrite(room)
  const editor = room.editor.value

  useEffect(() => {
    if (!ready) return
    const made = new StatementEditor(mount.current!, {
      text: room.connection.text,
      awareness: room.connection.provider.awareness,
      editable: () => untracked(() => mayWrite(room)),
      suggestions: () => room.open,
      passages: () => room.critiques.peek().filter(({ resolved }) => !resolved),
      selected: () => room.picked.peek(),
      spot: () => room.spot.peek(),
      tintOf: (id) => room.tintOf(id),
      onState: (now) => {
        state.value = now
        room.moveCaret(indexAt(now.doc, now.selection.head))
        const before = room.passage.peek()
        if (!now.selection.empty) room.passage.value = room.editor.peek()?.selectedPassage() ?? null
        else if (before) room.passage.value = null
      },
      onPick: (kind, id) => room.pick(id, kind === 'suggestion' ? 'suggestions' : 'comments'),
      onLink: () => setLinking(true),
      onComment: () => room.comment(),
    })
    room.editor.value = made
    return () => {
      room.editor.value = null
      made.destroy()
    }
  }, [ready, room])
  useEffect(() => editor?.refresh(), [editor, writing])

  return (
    <>
      {ready && writing && editor && (
        <div class="tools">
          <Toolbar editor={editor} state={state} onLink={() => setLinking(true)} onComment={() => room.comment()} />
          {linking && <LinkForm editor={editor} onDone={() => setLinking(false)} />}
        </div>
      )}
      <div class="sheet-scroll">
        <section
          class="sheet"
          aria-labelledby="sheet-title"
          onClick={(event) => {
            if (event.target === event.currentTarget) editor?.goOnAt(event.clientY)
          }}
        >
          <h2 id="sheet-title" class="hidden">
            {strings.sheet}
          </h2>
          {room.isObserver && <p class="note">{strings.readOnly}</p>}
          <FrozenNote />
          {!ready && <Waiting offline={room.connection.word.value === 'offline'} />}
          <div id="statement" ref={mount} hidden={!ready} />
        </section>
      </div>
    </>
  )
}

/** Why nobody can write: somebody who tries should not have to guess. */
function FrozenNote() {
  const room = useRoom()
  const { phase } = room.session.value
  const words = voting.frozen
  return (
    <div role="status">
      {room.voting.frozen.value && (
        <p class="note frozen">
          <Icon name={phase === 'agreed' ? 'check' : 'lock'} />
          <span>{phase === 'agreed' ? words.agreed : words.deciding}</span>
          <button type="button" class="quiet" onClick={() => room.goTo('voting')}>
            {phase === 'agreed' ? words.see : words.go}
          </button>
        </p>
      )}
    </div>
  )
}

function Waiting({ offline }: { offline: boolean }) {
  return (
    <div class="waiting" aria-busy={!offline}>
      <p class="hint">{offline ? strings.waitingOffline : strings.waiting}</p>
      {!offline && [1, 2, 3].map((line) => <div key={line} class={`skeleton skeleton-${line}`} />)}
    </div>
  )
}
