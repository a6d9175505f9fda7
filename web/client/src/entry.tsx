/** Which page an address shows. Only the pages before the room are in the first load. */
import { type ComponentChildren, render } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { apiAs, wordsFor } from './api.ts'
import { Door } from './pages/door.tsx'
import { Home } from './pages/home.tsx'
import { Join } from './pages/join.tsx'
import { SignIn } from './pages/sign-in.tsx'
import { strings } from './strings/door.ts'
import { loadRoom } from './later.ts'

/** The secret of a link, which leaves the address bar, the history and any screenshot at once. */
function takeFragment(): string {
  const secret = decodeURIComponent(location.hash.slice(1))
  history.replaceState(null, '', location.pathname + location.search)
  return secret
}

function Room({ session, participant }: { session: string; participant: string | null }) {
  const [room, setRoom] = useState<ComponentChildren>(null)
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    // The editor and what it is to show are fetched side by side.
    const facts = apiAs(participant)<never>('GET', `/sessions/${session}`)
    Promise.all([loadRoom(), facts]).then(
      ([{ RoomPage }, found]) => setRoom(<RoomPage session={found} />),
      (error) => setProblem(wordsFor(error)),
    )
  }, [session, participant])
  return room ?? <Door title={problem ? strings.deadLink.title : strings.loading} problem={problem} busy={!problem} />
}

function page(): ComponentChildren {
  const path = location.pathname
  const session = path.match(/^\/s\/([^/]+)$/)?.[1]
  if (session)
    return <Room session={decodeURIComponent(session)} participant={new URLSearchParams(location.search).get('as')} />
  if (path === '/join') return <Join invitation={takeFragment()} />
  if (path === '/sign-in') return <SignIn token={takeFragment()} />
  return <Home />
}

render(page(), document.getElementById('page')!)
