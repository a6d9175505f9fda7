/** `/s/<session>?as=<participant>`: the room. */
import { useEffect, useState } from 'preact/hooks'
import { roomAddress } from '../addresses.ts'
import { strings } from '../strings/room.ts'
import type { Session } from '../types.ts'
import { Comments } from './comments.tsx'
import { InRoom, useRoom } from './context.ts'
import { EndingBar, FormerBar, Notices } from './endings.tsx'
import { Header } from './header.tsx'
import { Inputs } from './inputs.tsx'
import { narrow } from './narrow.ts'
import { Room, type Tab } from './room.ts'
import { OfflineBar } from './saved-word.tsx'
import { SessionTab } from './session-tab.tsx'
import { Sheet } from './sheet.tsx'
import { Suggestions } from './suggestions.tsx'
import { shownTab, Tabs } from './tabs.tsx'

export function RoomPage({ session }: { session: Session }) {
  const [room] = useState(() => new Room(session))
  useEffect(() => {
    document.title = session.title
    history.replaceState(null, '', roomAddress(session.id, session.me.participant))
    return room.enter()
  }, [room, session])
  return (
    <InRoom value={room}>
      <Layout />
    </InRoom>
  )
}

function Layout() {
  const room = useRoom()
  const tab = shownTab(room)
  // On a phone suggestions are looked at in their place; everything else has the screen for itself.
  const besideText = tab === 'statement' || tab === 'suggestions'
  return (
    <div class={`room showing-${tab}`}>
      <Header />
      <main class="work">
        <div class="bars">
          <OfflineBar />
          <EndingBar />
          <FormerBar />
        </div>
        <div class="desk" id={narrow.value ? 'panel-statement' : undefined} hidden={narrow.value && !besideText}>
          <Sheet />
        </div>
        <section class="panel" aria-label={strings.panel} hidden={tab === 'statement'}>
          {!narrow.value && <Tabs />}
          <Panel tab={tab} />
        </section>
      </main>
      {narrow.value && (
        <nav class="bottom" aria-label={strings.panel}>
          <Tabs />
        </nav>
      )}
      <Notices />
      <p class="hidden" role="status">
        {room.news.said}
      </p>
    </div>
  )
}

const panels = { suggestions: Suggestions, inputs: Inputs, comments: Comments, session: SessionTab }

function Panel({ tab }: { tab: Tab }) {
  if (tab === 'statement') return null
  const Shown = panels[tab]
  return (
    <div class="panel-body" id={`panel-${tab}`} role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={-1}>
      <Shown />
    </div>
  )
}
