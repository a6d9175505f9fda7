/** Who is invited, and new links. */
import type { TargetedSubmitEvent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { Field } from '../forms.tsx'
import { LocalOnly } from '../pages/local-only.tsx'
import { CopyLink } from '../pages/links.tsx'
import { strings } from '../strings/room.ts'
import type { Invitation, NewInvitation, Role } from '../types.ts'
import { Confirm } from './confirm.tsx'
import { useRoom } from './context.ts'

const words = strings.session
const ROLES: Role[] = ['participant', 'observer', 'facilitator']

export function Invitations() {
  const room = useRoom()
  const [all, setAll] = useState<Invitation[]>([])
  const [made, setMade] = useState<NewInvitation | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const path = `${room.base}/invitations`
  const load = () => room.api<{ invitations: Invitation[] }>('GET', path).then((found) => setAll(found.invitations))
  const attempt = async (act: () => Promise<unknown>) => {
    setProblem(null)
    try {
      await act()
      await load()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  // Joining changes the list; it is loaded again with everybody who does.
  useEffect(() => void attempt(load), [room.session.value.participants.length])

  const one = (id: string) => `${path}/${encodeURIComponent(id)}`
  const reissue = (id: string) => attempt(async () => setMade(await room.api<NewInvitation>('POST', `${one(id)}/reissue`)))
  const revoke = (id: string) => attempt(() => room.api('DELETE', one(id)))
  const make = (email: string, role: Role) =>
    attempt(async () => setMade(await room.api<NewInvitation>('POST', path, email ? { email, role } : { role })))
  return (
    <section class="group" aria-labelledby="invitations">
      <h3 id="invitations">{words.invitations}</h3>
      {room.config.value?.local_only && <LocalOnly />}
      <ul class="invitations">
        {all.map((invitation) => (
          <InvitationRow key={invitation.id} invitation={invitation} onReissue={reissue} onRevoke={revoke} />
        ))}
      </ul>
      {made && (
        <div class="made" role="status">
          <CopyLink invitation={made} tellMail={room.config.value?.mail ?? false} />
          <p class="hint">{words.once}</p>
        </div>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <InviteForm make={make} />
    </section>
  )
}

interface RowProps {
  invitation: Invitation
  onReissue: (id: string) => void
  onRevoke: (id: string) => void
}

function InvitationRow({ invitation, onReissue, onRevoke }: RowProps) {
  const { id, email, name, role, state, expires_at } = invitation
  const who = name ?? email ?? words.roles[role]
  const until = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' }).format(new Date(expires_at))
  const dead = state === 'revoked'
  return (
    <li>
      <p>
        <bdi>{who}</bdi>
        {name && email && (
          <span class="hint">
            {' '}
            <bdi>{email}</bdi>
          </span>
        )}
      </p>
      <p class="hint">
        {strings.roles[role]} · <span class={`invitation-${state}`}>{words.states[state]}</span>
        {state === 'open' && ` · ${words.expires(until)}`}
      </p>
      {!dead && (
        <p class="actions">
          <Confirm label={words.reissue} about={who} question={words.reissueSure} yes={words.sure} no={words.cancel} onYes={() => onReissue(id)} />
          <Confirm label={words.revoke} about={who} question={words.revokeSure} yes={words.sure} no={words.cancel} onYes={() => onRevoke(id)} />
        </p>
      )}
    </li>
  )
}

function InviteForm({ make }: { make: (email: string, role: Role) => Promise<void> }) {
  const [email, setEmail] = useState('')
  const [role, setRole] = useState<Role>('participant')
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    await make(email.trim(), role)
    setEmail('')
  }
  return (
    <form class="invite" onSubmit={submit} noValidate aria-label={words.invite}>
      <Field name="invite-email" label={words.email} hint={words.emailHint}>
        {(props) => (
          <input {...props} type="email" dir="ltr" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
        )}
      </Field>
      <div class="field">
        <label for="invite-role">{words.role}</label>
        <select id="invite-role" value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
          {ROLES.map((one) => (
            <option key={one} value={one}>
              {words.roles[one]}
            </option>
          ))}
        </select>
      </div>
      <button type="submit">{words.make}</button>
    </form>
  )
}
