/** Who speaks for whom, as the facilitator says. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { voting } from '../../strings/voting.ts'
import type { Participant } from '../../types.ts'
import { useRoom } from '../context.ts'

const words = voting.delegations

export function Delegations() {
  const room = useRoom()
  const people = room.session.value.participants.filter(({ role }) => role !== 'observer')
  const [said, setSaid] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const keep = async ({ id, name, delegation: before }: Participant, typed: string) => {
    const delegation = typed.trim() || null
    if (delegation === before) return
    setProblem(null)
    setSaid('')
    try {
      const path = `${room.base}/participants/${encodeURIComponent(id)}/delegation`
      const { participants } = await room.api<{ participants: Participant[] }>('PUT', path, { delegation })
      room.session.value = { ...room.session.value, participants }
      setSaid(words.saved(name))
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  const known = [...new Set(people.flatMap(({ delegation }) => delegation ?? []))]
  return (
    <details class="group delegations">
      <summary>{words.title}</summary>
      <p class="hint">{words.hint}</p>
      <datalist id="known-delegations">
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
      <ul>
        {people.map((person) => (
          <li key={person.id}>
            <bdi>{person.name}</bdi>
            <input
              aria-label={words.label(person.name)}
              placeholder={words.none}
              list="known-delegations"
              maxLength={80}
              dir="auto"
              defaultValue={person.delegation ?? ''}
              onChange={(event) => keep(person, event.currentTarget.value)}
            />
          </li>
        ))}
      </ul>
      <p class="done" role="status">
        {said}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </details>
  )
}
