/** A way in for another program: any Yjs client, for a while. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { strings } from '../strings/room.ts'
import type { RoomToken } from '../types.ts'
import { useRoom } from './context.ts'

const words = strings.session
const HOURS = [1, 24, 24 * 7]

export function RoomTokens() {
  const room = useRoom()
  const [hours, setHours] = useState(24)
  const [role, setRole] = useState<'participant' | 'observer'>('participant')
  const [made, setMade] = useState<RoomToken | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setProblem(null)
    try {
      setMade(await room.api<RoomToken>('POST', `${room.base}/room-tokens`, { role, expires_in: hours * 3600 }))
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <details class="group">
      <summary>{words.token}</summary>
      <p class="hint">{words.tokenHint}</p>
      <form onSubmit={submit}>
        <div class="pair">
          <div class="field">
            <label for="token-role">{words.role}</label>
            <select id="token-role" value={role} onChange={(event) => setRole(event.currentTarget.value as typeof role)}>
              {(['participant', 'observer'] as const).map((one) => (
                <option key={one} value={one}>
                  {words.roles[one]}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="token-hours">{words.tokenHours}</label>
            <select id="token-hours" value={hours} onChange={(event) => setHours(Number(event.currentTarget.value))}>
              {HOURS.map((n) => (
                <option key={n} value={n}>
                  {words.hours(n)}
                </option>
              ))}
            </select>
          </div>
        </div>
        <button type="submit">{words.tokenMake}</button>
      </form>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {made && (
        <div class="made" role="status">
          <p class="hint">{words.tokenOnce}</p>
          <pre tabIndex={0}>{`${made.url}\n${made.token}`}</pre>
        </div>
      )}
    </details>
  )
}
