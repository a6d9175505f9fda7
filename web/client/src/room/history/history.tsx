/** The history of the statement: versions by day, one of them to look at and perhaps to restore. */
import { useRef, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { clockOf, dayOf } from '../../moment.ts'
import { strings as words } from '../../strings/history.ts'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { useLive } from '../live.ts'
import { Loading } from '../loading.tsx'
import { type Day, daysOf, joined, sameDay } from './days.ts'
import type { Version } from './types.ts'
import { OneVersion } from './version.tsx'
import { nameOf, Who } from './who.tsx'

interface Versions {
  versions: Version[]
  more: boolean
}

export function History() {
  const [open, setOpen] = useState<number | null>(null)
  const [left, setLeft] = useState<number | null>(null)
  const [said, setSaid] = useState('')
  const back = (words = '') => {
    setLeft(open)
    setOpen(null)
    setSaid(words)
  }
  if (open !== null) return <OneVersion number={open} onBack={back} />
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        <p class="hint">{words.intro}</p>
      </div>
      <p class={said ? 'done note-done' : ''} role="status">
        {said}
      </p>
      <List left={left} onOpen={setOpen} />
    </>
  )
}

function List({ left, onOpen }: { left: number | null; onOpen: (version: number) => void }) {
  const room = useRoom()
  const live = useLive<Versions>('/versions', ['session'])
  const [older, setOlder] = useState<Versions | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const busy = useRef(false)
  const found = live.found.value
  const versions = found && joined(found.versions, older?.versions ?? [])
  const more = older ? older.more : found?.more
  const load = async () => {
    const last = versions?.at(-1)
    if (!last || busy.current) return
    busy.current = true
    setProblem(null)
    try {
      const next = await room.api<Versions>('GET', `${room.base}/versions?before=${last.version}`)
      setOlder({ versions: joined(older?.versions ?? [], next.versions), more: next.more })
    } catch (error) {
      setProblem(wordsFor(error))
    }
    busy.current = false
  }
  return (
    <>
      <Loading live={live} />
      {versions?.length === 0 && <p class="nothing">{words.none}</p>}
      {versions &&
        daysOf(versions).map((day) => (
          <OneDay key={day.at} day={day} newest={versions[0]!.version} left={left} onOpen={onOpen} />
        ))}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {more && (
        <p class="actions">
          <button type="button" onClick={load}>
            {words.more}
          </button>
        </p>
      )}
    </>
  )
}

interface DayProps {
  day: Day
  newest: number
  left: number | null
  onOpen: (version: number) => void
}

function OneDay({ day, newest, left, onOpen }: DayProps) {
  const today = sameDay(day.at, new Date().toISOString())
  return (
    <section class="group" aria-label={today ? words.today : dayOf(day.at)}>
      <h3>{today ? words.today : dayOf(day.at)}</h3>
      <ol class="versions">
        {day.versions.map((version) => (
          <li key={version.version}>
            <Row
              version={version}
              newest={version.version === newest}
              back={version.version === left}
              onOpen={() => onOpen(version.version)}
            />
          </li>
        ))}
      </ol>
    </section>
  )
}

interface RowProps {
  version: Version
  newest: boolean
  /** Its reader comes back from it. */
  back: boolean
  onOpen: () => void
}

function Row({ version, newest, back, onOpen }: RowProps) {
  const { begun, ended, cause, by, poll, joined: many } = version
  const notes = [
    cause !== 'written' && words.causes[cause],
    poll !== null && words.poll(poll),
    many > 1 && words.joined(many),
  ]
  const from = sameDay(begun, ended) ? clockOf(begun) : dayOf(begun)
  return (
    <button type="button" class="version" ref={back ? focusOnce : null} onClick={onOpen}>
      <span class="version-when">
        {words.span(from, clockOf(ended))}
        {newest && <span class="chip">{words.now}</span>}
      </span>
      {notes.filter(Boolean).map((note) => (
        <span key={note} class="version-note">
          {note}
        </span>
      ))}
      <span class="version-by">
        {by.map((one, i) => (
          <span key={i} class="share">
            <Who writer={one} />
            <bdi>{nameOf(one)}</bdi>
            <span class="hint" aria-hidden="true">
              {words.did(one.added, one.removed)}
            </span>
            <span class="hidden">: {words.didSpoken(one.added, one.removed)}. </span>
          </span>
        ))}
      </span>
    </button>
  )
}
