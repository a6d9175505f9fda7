/** The places of the panel: which of them are tabs of the bar, which are behind “More”, and which is shown. */
import { narrow } from './narrow.ts'
import { panels } from './panels.ts'
import type { Room, Tab } from './room.ts'

const EVERYWHERE: Tab[] = [
  'overview',
  'statement',
  'suggestions',
  'voting',
  'inputs',
  'comments',
  'documents',
  'sources',
  'dissents',
  'history',
  'report',
  'session',
]

function placesFor(room: Room): Tab[] {
  return EVERYWHERE.filter((tab) => {
    if (tab === 'statement') return narrow.value
    if (tab === 'inputs' && room.isObserver) return false
    if (tab === 'session' && !room.isFacilitator) return false
    return panels[tab]
  })
}

/** The tabs of the bar, the last of them “More” if there is more. */
export function tabsFor(room: Room): Tab[] {
  const places = placesFor(room)
  const bar = places.filter((tab) => barFor(room).includes(tab))
  return bar.length < places.length ? [...bar, 'more'] : bar
}

/** What is behind “More”. */
export function moreFor(room: Room): Tab[] {
  const bar = tabsFor(room)
  return placesFor(room).filter((tab) => !bar.includes(tab))
}

/** The place that is shown: on a wide screen the statement is always there and needs none. */
export function shownPlace(room: Room): Tab {
  const { value } = room.tab
  if (value === 'more' ? moreFor(room).length > 0 : placesFor(room).includes(value)) return value
  return tabsFor(room)[0]!
}

/** The tab of the bar that leads to what is shown. */
export function shownTab(room: Room): Tab {
  const place = shownPlace(room)
  return tabsFor(room).includes(place) ? place : 'more'
}

/** Five fit on a phone and six on a desk, “More” among them: what is done at this stage comes first. */
function barFor(room: Room): Tab[] {
  const { phase } = room.session.value
  const early = phase === 'gathering' || phase === 'drafting'
  if (narrow.value) {
    const { poll, round } = room.voting
    const work: Tab = early && !poll.value && !round.value ? (room.isFacilitator ? 'session' : room.isObserver ? 'comments' : 'inputs') : 'voting'
    return ['overview', 'statement', 'suggestions', work]
  }
  return ['overview', 'suggestions', 'voting', room.isFacilitator ? 'session' : 'inputs', 'comments']
}
