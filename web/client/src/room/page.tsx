/** `/s/<session>?as=<participant>`: the room. */
import { useEffect, useState } from 'preact/hooks'
import { roomAddress } from '../addresses.ts'
import { strings } from '../strings/room.ts'
import type { Session } from '../types.ts'
import { InRoom, useRoom } from './context.ts'
import { DocumentsEverywhere } from './documents/everywhere.tsx'
import { EndingBar, FormerBar, Notices } from './endings.tsx'
import { Header } from './header.tsx'
import { Icon } from './icons.tsx'
import { fetchAhead } from './lazily.tsx'
import { More } from './more.tsx'
import { narrow } from './narrow.ts'
import { panels } from './panels.ts'
import { shownPlace, shownTab } from './places.ts'
import { Room, type Tab } from './room.ts'
import { OfflineBar } from './saved-word.tsx'
import { Sheet } from './sheet.tsx'
import { Tabs } from './tabs.tsx'

export function RoomPage({ session }: { session: Session }) {
  const [room] = useState(() => new Room(session))
  useEffect(() => {
    document.title = session.title
    history.replaceState(null, '', roomAddress(session.id, session.me.participant))
    return room.enter()
  }, [room, session])
  const { editor } = room
  useEffect(() => {
    if (editor.value) fetchAhead()
  }, [editor.value])
  return (
    <InRoom value={room}>
      <Layout />
    </InRoom>
  )
}

function Layout() {
  const room = useRoom()
  const place = shownPlace(room)
  // On a phone suggestions are looked at in their place; everything else has the screen for itself.
  const besideText = place === 'statement' || place === 'suggestions'
  return (
    <div class={`room showing-${place}`}>
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
        <section class="panel" aria-label={strings.panel} hidden={place === 'statement'}>
          {!narrow.value && <Tabs />}
          <Panel place={place} />
        </section>
      </main>
      {narrow.value && (
        <nav class="bottom" aria-label={strings.panel}>
          <Tabs />
        </nav>
      )}
      <Notices />
      <DocumentsEverywhere />
      <p class="hidden" role="status">
        {room.news.said}
      </p>
    </div>
  )
}

function Panel({ place }: { place: Tab }) {
  const room = useRoom()
  if (place === 'statement') return null
  const Shown = place === 'more' ? More : panels[place]!
  const tab = shownTab(room)
  return (
    <div class="panel-body" id={`panel-${place}`} role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={-1}>
      {place !== tab && (
        <button type="button" class="back quiet" onClick={() => room.openTab('more')}>
          <Icon name="previous" />
          {strings.tabs.more}
        </button>
      )}
      <Shown />
    </div>
  )
}
