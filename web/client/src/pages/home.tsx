/** `/`: for a facilitator the sessions and a new one; for everybody else what this is and where one has been. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { roomAddress } from '../addresses.ts'
import { apiAs, wordsFor } from '../api.ts'
import { loadHost } from '../later.ts'
import { strings } from '../strings/door.ts'
import type { Me } from '../types.ts'
import { Door } from './door.tsx'

export function Home() {
  const [me, setMe] = useState<Me | null>(null)
  const [host, setHost] = useState<{ Page: ComponentType<{ me: Me }> } | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    const find = async () => {
      const found = await apiAs(null)<Me>('GET', '/me')
      if (found.facilitator) setHost({ Page: (await loadHost()).HostPage })
      setMe(found)
    }
    find().catch((error) => setProblem(wordsFor(error)))
  }, [])
  if (me && host) return <host.Page me={me} />
  if (problem) return <Door title={strings.product} problem={problem} />
  if (!me) return <Door title={strings.loading} busy />
  return (
    <Door title={strings.whatTitle}>
      <p class="lead">{strings.what}</p>
      <p class="note">{strings.needLink}</p>
      {me.people.length > 0 && (
        <section aria-labelledby="yours">
          <h2 id="yours">{strings.yourSessions}</h2>
          <ul class="rows">
            {me.people.map(({ participant, session, title, name, role }) => (
              <li key={participant}>
                <a class="row" href={roomAddress(session, participant)}>
                  <strong dir="auto">{title}</strong>
                  <span class="hint">{strings.joinedAs(name, strings.roles[role])}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
    </Door>
  )
}
