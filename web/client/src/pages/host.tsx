/** `/` for a facilitator: their sessions, a new one, and its links. */
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { roomAddress } from '../addresses.ts'
import { apiAs, wordsFor } from '../api.ts'
import { strings } from '../strings/host.ts'
import type { Config, Me, NewInvitation, Session, SessionRow } from '../types.ts'
import { Alert, Door } from './door.tsx'
import { LinkList } from './links.tsx'
import { LocalOnly } from './local-only.tsx'
import { NewSession } from './new-session.tsx'

const api = apiAs(null)

export type Started = Session & { invitations: NewInvitation[] }

export function HostPage({ me }: { me: Me }) {
  const [sessions, setSessions] = useState<SessionRow[] | null>(null)
  const [config, setConfig] = useState<Config | null>(null)
  const [started, setStarted] = useState<Started | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const fail = (error: unknown) => setProblem(wordsFor(error))
    api<{ sessions: SessionRow[] }>('GET', '/sessions').then((found) => setSessions(found.sessions), fail)
    api<Config>('GET', '/config').then(setConfig, fail)
  }, [])
  const signOut = () => api('POST', '/sign-out').then(() => location.assign('/'), (error) => setProblem(wordsFor(error)))

  if (started) return <Links started={started} config={config} />
  return (
    <Door title={strings.title} wide>
      <p class="aside">
        {strings.hello(me.facilitator!.name)} ·{' '}
        <button type="button" class="quiet" onClick={signOut}>
          {strings.signOut}
        </button>
      </p>
      {problem && <Alert words={problem} />}
      {sessions && (sessions.length > 0 ? <SessionRows sessions={sessions} /> : <p class="note">{strings.none}</p>)}
      <NewSession name={me.facilitator!.name} onStarted={setStarted} />
    </Door>
  )
}

function SessionRows({ sessions }: { sessions: SessionRow[] }) {
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
  return (
    <ul class="rows">
      {sessions.map(({ id, title, question, phase, participants, inputs, created_at, me }) => (
        <li key={id}>
          <a class="row" href={roomAddress(id, me?.participant)}>
            <strong dir="auto">{title}</strong>
            <span class="chip">{strings.phases[phase]}</span>
            <span class="row-question" dir="auto">
              {question}
            </span>
            <span class="hint">
              {participants && `${strings.people(participants.length)} · `}
              {strings.inputs(inputs.count)} ·{' '}
              {strings.created(day.format(new Date(created_at)))}
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

/** The only moment at which the links can be seen. */
function Links({ started, config }: { started: Started; config: Config | null }) {
  const { invitations, id, me, title } = started
  const [copied, setCopied] = useState<string[]>([])
  const mailed = invitations.every((invitation) => invitation.mailed)
  const safe = mailed || invitations.every((invitation) => copied.includes(invitation.id))
  // Before it is drawn: who reads “Copied” is not asked any more.
  useLayoutEffect(() => {
    if (safe) return
    // Nobody can show these links again.
    const ask = (event: BeforeUnloadEvent) => event.preventDefault()
    addEventListener('beforeunload', ask)
    return () => removeEventListener('beforeunload', ask)
  }, [safe])
  return (
    <Door title={strings.linksTitle} wide>
      <p class="lead" dir="auto">
        {title}
      </p>
      {config?.local_only && <LocalOnly />}
      {invitations.length === 0 ? (
        <p class="note">{strings.linksNone}</p>
      ) : (
        <section aria-label={strings.stakeholders}>
          <p>{strings.linksIntro(invitations.length)}</p>
          <p class="note">
            {strings.linksOnce} {strings.linksPersonal}
          </p>
          <p class="note">{mailed ? strings.mailedAll : !config?.mail && strings.mailedNone}</p>
          <LinkList invitations={invitations} mail={config?.mail ?? false} onCopied={(ids) => setCopied([...copied, ...ids])} />
        </section>
      )}
      <p class="actions">
        <a class="button primary" href={roomAddress(id, me.participant)}>
          {strings.goToSession}
        </a>
        <a class="button" href="/">
          {strings.backToSessions}
        </a>
      </p>
    </Door>
  )
}
