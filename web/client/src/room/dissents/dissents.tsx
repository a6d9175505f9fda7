/** Dissent notes: what somebody holds against the text for good. Each is its author's alone. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { useDraft } from '../../draft.ts'
import { moment } from '../../moment.ts'
import { strings as words } from '../../strings/dissents.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { type Live, useLoaded } from '../live.ts'
import { Loading } from '../loading.tsx'
import type { Note } from './types.ts'

interface Notes {
  dissents: Note[]
}

const LONGEST = 4000

const EVENTS = ['dissent'] as const

export function Dissents() {
  const room = useRoom()
  const live = useLoaded<Notes>('/dissents', EVENTS)
  const notes = live.found.value?.dissents
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        <p class="hint">{words.intro}</p>
      </div>
      {!room.isObserver && <WriteForm live={live} />}
      <Loading live={live} />
      {notes?.length === 0 && <p class="nothing">{words.none}</p>}
      {notes?.map((note) => (
        <OneNote key={note.id} note={note} live={live} />
      ))}
    </>
  )
}

interface FieldsProps {
  id: string
  label: string
  text: string
  named: boolean
  onText: (text: string) => void
  onNamed: (named: boolean) => void
}

function Fields({ id, label, text, named, onText, onNamed }: FieldsProps) {
  const left = LONGEST - text.length
  return (
    <>
      <div class="field">
        <label for={id}>{label}</label>
        <textarea
          id={id}
          rows={4}
          dir="auto"
          maxLength={LONGEST}
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
        {left < 500 && <p class="hint">{words.left(left)}</p>}
      </div>
      <label class="choice">
        <input type="checkbox" checked={named} onChange={(event) => onNamed(event.currentTarget.checked)} />
        <span>
          {words.named}
          <span class="hint">{words.namedHint}</span>
        </span>
      </label>
    </>
  )
}

function WriteForm({ live }: { live: Live<Notes> }) {
  const room = useRoom()
  const [text, setText] = useDraft(`dissent:${room.session.value.me.participant}`)
  const [named, setNamed] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setSaid('')
    if (!text.trim()) {
      setProblem(words.empty)
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      await room.api<Note>('POST', `${room.base}/dissents`, { text: text.trim(), named })
      setText('')
      setNamed(false)
      setSaid(words.added)
      await live.load()
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  return (
    <form class="give" onSubmit={submit} noValidate aria-label={words.write}>
      <Fields id="dissent-text" label={words.text} text={text} named={named} onText={setText} onNamed={setNamed} />
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.sending : words.send}
        </button>
        <span class="done" role="status">
          {said}
        </span>
      </p>
    </form>
  )
}

function OneNote({ note, live }: { note: Note; live: Live<Notes> }) {
  const [editing, setEditing] = useState(false)
  return (
    <article class={note.mine ? 'comment dissent mine' : 'comment dissent'}>
      {editing ? <EditForm note={note} live={live} onDone={() => setEditing(false)} /> : <Shown note={note} live={live} onEdit={() => setEditing(true)} />}
    </article>
  )
}

function Shown({ note, live, onEdit }: { note: Note; live: Live<Notes>; onEdit: () => void }) {
  const room = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  const { id, text, author, named, mine, created_at, updated_at } = note
  const remove = async () => {
    try {
      await room.api('DELETE', `${room.base}/dissents/${encodeURIComponent(id)}`)
      await live.load()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <>
      <p class="dissent-text" dir="auto">
        {text}
      </p>
      <p class="hint">
        {mine ? <strong>{words.mine}</strong> : <bdi>{author ?? words.unnamed}</bdi>}
        {mine && ` · ${named ? words.byMe : words.byMeUnnamed}`} · {moment(created_at)}
        {updated_at !== created_at && `, ${words.changed(moment(updated_at))}`}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {mine && !room.isObserver && (
        <p class="actions">
          <button type="button" class="quiet" onClick={onEdit}>
            {words.edit}
          </button>
          <Confirm label={words.remove} question={words.removeSure} yes={words.remove} no={words.keep} onYes={remove} />
        </p>
      )}
    </>
  )
}

function EditForm({ note, live, onDone }: { note: Note; live: Live<Notes>; onDone: () => void }) {
  const room = useRoom()
  const [text, setText] = useDraft(`dissent-change:${note.id}`, note.text)
  const [named, setNamed] = useState(note.named)
  const [problem, setProblem] = useState<string | null>(null)
  const close = () => {
    setText('')
    onDone()
  }
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    try {
      await room.api<Note>('PATCH', `${room.base}/dissents/${encodeURIComponent(note.id)}`, { text: text.trim(), named })
      await live.load()
      close()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && close()} noValidate>
      <Fields id={`dissent-${note.id}`} label={words.editText} text={text} named={named} onText={setText} onNamed={setNamed} />
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={!text.trim()}>
          {words.save}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {words.cancel}
        </button>
      </p>
    </form>
  )
}
