/** Who is here: faces in the head, everybody's name behind them. */
import { useEffect, useRef } from 'preact/hooks'
import { initials, type Person } from '../sync/presence.ts'
import { strings } from '../strings/room.ts'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import type { Room } from './room.ts'

const MOST_FACES = 5

/** What the bot does; how many sentences there will be only its run knows. */
function doing(room: Room, { doing }: Person): string | null {
  if (!doing) return null
  return doing.activity === 'reading' ? strings.reading : strings.drafting(doing.sentence, room.session.value.run?.of ?? null)
}

export function People() {
  const room = useRoom()
  const people = room.people.value
  const faces = people.length > MOST_FACES ? people.slice(0, MOST_FACES - 1) : people
  const bot = people.find(({ role }) => role === 'bot')
  const working = bot && doing(room, bot)
  const details = useRef<HTMLDetailsElement>(null)
  useEffect(() => {
    const onPress = (event: Event) => {
      if (!details.current!.contains(event.target as Element)) details.current!.open = false
    }
    addEventListener('pointerdown', onPress)
    return () => removeEventListener('pointerdown', onPress)
  }, [])
  return (
    <>
      {bot && working && (
        <p class="bot-progress">
          <span class="pulse" aria-hidden="true" />
          <bdi>{bot.name}</bdi>: {working}
        </p>
      )}
      <details ref={details} class="people" onKeyDown={(event) => event.key === 'Escape' && closeIt(event.currentTarget)}>
        <summary>
          <span class="hidden">
            {strings.people}: {strings.here(people.length)}
          </span>
          <span class="faces" aria-hidden="true">
            {faces.map((person) => (
              <Face key={person.id} person={person} />
            ))}
            {people.length > faces.length && <span class="face more">+{people.length - faces.length}</span>}
          </span>
        </summary>
        <div class="popover">
          <h2>{strings.people}</h2>
          <ul>
            {people.map((person) => (
              <PersonRow key={person.id} room={room} person={person} />
            ))}
            <Absent room={room} people={people} />
          </ul>
        </div>
      </details>
    </>
  )
}

function closeIt(details: HTMLDetailsElement) {
  details.open = false
  details.querySelector('summary')?.focus()
}

function Face({ person }: { person: Person }) {
  const room = useRoom()
  const { id, name, role } = person
  return (
    <span class={role === 'bot' ? 'face bot' : `face ${room.tintOf(id)}`} title={name}>
      {role === 'bot' ? <Icon name="bot" /> : initials(name)}
    </span>
  )
}

function PersonRow({ room, person }: { room: Room; person: Person }) {
  const mine = person.id === room.session.value.me.participant
  const note = [mine && strings.you, strings.roles[person.role] ?? person.role, doing(room, person)]
  return (
    <li>
      <span aria-hidden="true">
        <Face person={person} />
      </span>
      <span>
        <bdi>{person.name}</bdi>
        <span class="hint">{note.filter(Boolean).join(' · ')}</span>
      </span>
    </li>
  )
}

/** Who belongs to the session and is not here. */
function Absent({ room, people }: { room: Room; people: Person[] }) {
  const here = new Set(people.map(({ id }) => id))
  return (
    <>
      {room.session.value.participants
        .filter(({ id }) => !here.has(id))
        .map(({ id, name, role }) => (
          <li key={id} class="absent">
            <span class="face" aria-hidden="true">
              {initials(name)}
            </span>
            <span>
              <bdi>{name}</bdi>
              <span class="hint">
                {strings.roles[role]} · {strings.away}
              </span>
            </span>
          </li>
        ))}
    </>
  )
}
