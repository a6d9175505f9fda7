/** `/join#invitation`: what one is invited to, and a name. */
import type { TargetedSubmitEvent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { roomAddress } from '../addresses.ts'
import { apiAs, Problem, wordsFor } from '../api.ts'
import { loadRoom } from '../later.ts'
import { strings } from '../strings/door.ts'
import type { Joined, Preview } from '../types.ts'
import { Alert, Door } from './door.tsx'

const api = apiAs(null)

/** The words for a link the server does not take. */
function deadLink(error: unknown): string {
  const { bad, expired, revoked } = strings.deadLink
  if (!(error instanceof Problem)) return wordsFor(error)
  if (error.kind.includes('expired')) return expired
  if (error.kind.includes('revoked')) return revoked
  return [400, 401, 403, 404, 410, 422].includes(error.status) ? bad : wordsFor(error)
}

export function Join({ invitation }: { invitation: string }) {
  const [preview, setPreview] = useState<Preview | null>(null)
  const [problem, setProblem] = useState(invitation ? null : strings.deadLink.none)
  useEffect(() => {
    if (!invitation) return
    api<Preview>('POST', '/invitations/preview', { invitation }).then(
      (found) => {
        setPreview(found)
        // While the name is being typed the editor can be on its way.
        loadRoom().catch(() => {})
      },
      (error) => setProblem(deadLink(error)),
    )
  }, [invitation])
  if (preview) return <Invited invitation={invitation} preview={preview} />
  return <Door title={problem ? strings.deadLink.title : strings.loading} problem={problem} busy={!problem} />
}

function Invited({ invitation, preview }: { invitation: string; preview: Preview }) {
  const [problem, setProblem] = useState<string | null>(null)
  const [missing, setMissing] = useState(false)
  const [joining, setJoining] = useState(false)

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const field = event.currentTarget.elements.namedItem('name') as HTMLInputElement
    const name = field.value.trim()
    setMissing(!name)
    if (!name) {
      field.focus()
      return
    }
    setJoining(true)
    try {
      const { session, participant } = await api<Joined>('POST', '/join', { invitation, name })
      location.assign(roomAddress(session, participant))
    } catch (error) {
      setProblem(error instanceof Problem && error.fields.name ? error.fields.name : deadLink(error))
      setJoining(false)
    }
  }

  const { title, question, role, name, joined, facilitator_reads_inputs: reads, external_ai: external, provider } = preview
  return (
    <Door title={title}>
      <p class="eyebrow">{joined ? strings.joinBack : strings.joinTitle}</p>
      <h2 class="label">{strings.question}</h2>
      <p class="question" dir="auto">
        {question}
      </p>
      <form onSubmit={submit} noValidate>
        <div class="field">
          <label for="name">{strings.yourName}</label>
          <input
            id="name"
            name="name"
            defaultValue={name ?? ''}
            maxLength={80}
            autocomplete="name"
            dir="auto"
            required
            aria-describedby={missing ? 'name-missing name-hint' : 'name-hint'}
            aria-invalid={missing}
          />
          {missing && (
            <p id="name-missing" class="field-error">
              {strings.nameMissing}
            </p>
          )}
          <p id="name-hint" class="hint">
            {strings.nameHint}
          </p>
        </div>
        {problem && <Alert words={problem} />}
        <button class="primary big" type="submit" disabled={joining}>
          {joining ? strings.joining : joined ? strings.joinAgain : strings.join}
        </button>
      </form>
      <p class="note">
        {role === 'observer' ? strings.asObserver : reads ? strings.readsFacilitator : strings.readsBot}
        {role !== 'observer' && !external && ` ${strings.noExternal}`}
        {role !== 'observer' && provider && ` ${strings.model(provider)}`}
        {role === 'facilitator' && ` ${strings.asFacilitator}`}
      </p>
    </Door>
  )
}
