/** The tabs of the panel; on a phone a bar at the bottom, with the statement as the first of them. */
import { useRef } from 'preact/hooks'
import { strings } from '../strings/room.ts'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import { shownPlace, shownTab, tabsFor } from './places.ts'
import type { Room, Tab } from './room.ts'

/** How many votes somebody is asked for and has not cast. */
function votesOf({ voting: { poll, round }, session }: Room): number {
  const toVote = poll.value?.may_vote && !poll.value.mine
  const toRank = round.value && !round.value.mine && session.value.me.role === 'participant'
  return Number(Boolean(toVote)) + Number(Boolean(toRank))
}

/** How much in a place waits to be looked at. */
export function countOf(room: Room, tab: Tab): number {
  if (tab === 'suggestions') return room.open.length
  if (tab === 'voting') return votesOf(room)
  if (tab === 'comments') return room.critiques.value.filter(({ resolved }) => !resolved).length
  return 0
}

export function Tabs() {
  const room = useRoom()
  const bar = useRef<HTMLDivElement>(null)
  const tabs = tabsFor(room)
  const place = shownPlace(room)
  const shown = shownTab(room)
  const go = (tab: Tab) => {
    room.tab.value = tab
    bar.current?.querySelector<HTMLElement>(`#tab-${tab}`)?.focus()
  }
  const onKey = (event: KeyboardEvent) => {
    const at = tabs.indexOf(shown)
    const rtl = getComputedStyle(bar.current!).direction === 'rtl'
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key]
    const to =
      event.key === 'Home' ? 0 : event.key === 'End' ? tabs.length - 1 : step ? (at + step + tabs.length) % tabs.length : -1
    if (to < 0) return
    event.preventDefault()
    go(tabs[to]!)
  }
  return (
    <div ref={bar} class="tabs" role="tablist" aria-label={strings.panel} onKeyDown={onKey}>
      {tabs.map((tab) => {
        const count = countOf(room, tab)
        return (
          <button
            key={tab}
            id={`tab-${tab}`}
            type="button"
            role="tab"
            class="tab"
            aria-selected={tab === shown}
            aria-controls={`panel-${tab === shown ? place : tab}`}
            tabIndex={tab === shown ? 0 : -1}
            onClick={() => go(tab)}
          >
            <Icon name={tab} />
            <span class="tab-name">{strings.tabs[tab]}</span>
            {count > 0 && <span class="count">{count}</span>}
          </button>
        )
      })}
    </div>
  )
}
