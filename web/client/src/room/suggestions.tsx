/** The suggestions to decide on: a list beside the sheet, one at a time on a phone. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { strings } from '../strings/room.ts'
import { runsOf } from '../statement/delta.ts'
import { headingsIn, underHeadings } from '../statement/headings.ts'
import { voting } from '../strings/voting.ts'
import { isDecided, type Shown } from '../statement/suggestions.ts'
import { AllOf } from './all-of.tsx'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import { ModeLabel } from './mode.tsx'
import { narrow } from './narrow.ts'
import type { Room } from './room.ts'
import { SuggestionCard } from './suggestion-card.tsx'

/** The cards in reading order, as the keyboard moves through them. */
function cardsIn(list: HTMLElement | null): HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>('[data-card]') ?? [])]
}

export function Suggestions() {
  const room = useRoom()
  const list = useRef<HTMLDivElement>(null)
  const open = room.open
  const placed = open.filter(({ id }) => room.places.value.get(id))
  const detached = open.filter(({ id }) => !room.places.value.get(id))
  const decided = room.shown.value.filter(isDecided)
  const at = Math.max(
    open.findIndex(({ id }) => id === room.picked.value),
    0,
  )
  const [missed, setMissed] = useState('')
  useFollowPick(room, list.current)
  useShowPlace(room, narrow.value ? open[at] : undefined)
  const onDecided = (place: number) => {
    setMissed('')
    if (narrow.value) room.picked.value = (open[at + 1] ?? open[at - 1])?.id ?? null
    focusCard(list.current, place)
  }

  const step = (by: number) => {
    const next = open[Math.min(Math.max(at + by, 0), open.length - 1)]
    if (next) room.show(next)
  }
  const onKey = (event: KeyboardEvent) => {
    const target = event.target as HTMLElement
    if (target.matches('input, textarea, select') || event.ctrlKey || event.metaKey || event.altKey) return
    const by = { j: 1, k: -1 }[event.key]
    if (!by) return
    event.preventDefault()
    const cards = cardsIn(list.current)
    const here = cards.findIndex((card) => card.contains(document.activeElement))
    const next = narrow.value ? cards[0] : cards[Math.min(Math.max(here + by, 0), cards.length - 1)]
    if (narrow.value) step(by)
    else if (next) {
      next.focus()
      const one = open.find(({ id }) => id === next.dataset.card)
      if (one) room.show(one)
    }
  }

  return (
    <div ref={list} onKeyDown={onKey}>
      <div class="panel-head">
        <h2>{strings.suggestions.title}</h2>
        {narrow.value && open.length > 0 ? (
          <Pager at={at} of={open.length} step={step} />
        ) : (
          open.length > 0 && <p class="hint">{strings.suggestions.group(open.length)}</p>
        )}
        <ModeLabel mode={room.session.value.run?.mode} />
        {open.length > 0 && room.voting.frozen.value && (
          <p class="hint">{room.session.value.phase === 'agreed' ? voting.frozen.agreed : voting.frozen.suggestions}</p>
        )}
      </div>
      <p class={missed ? 'missed' : ''} role="status">
        {missed}
      </p>
      {open.length === 0 && <Nothing decided={decided.length > 0} />}
      {narrow.value ? (
        open[at] && (
          <>
            <Under one={open[at]} />
            <SuggestionCard key={open[at].id} one={open[at]} onDecided={() => onDecided(0)} onMissed={setMissed} />
          </>
        )
      ) : (
        <>
          <Groups placed={placed} onDecided={onDecided} onMissed={setMissed} />
          {detached.length > 0 && (
            <section class="group" aria-labelledby="detached">
              <h3 id="detached">{strings.suggestions.detached}</h3>
              <p class="hint">{strings.suggestions.detachedHint}</p>
              <Cards some={detached} from={placed.length} onDecided={onDecided} onMissed={setMissed} />
            </section>
          )}
          {open.length > 0 && !room.isObserver && <Keys />}
        </>
      )}
      {decided.length > 0 && <Decided some={decided} />}
    </div>
  )
}

/** On a phone: where in the statement the card belongs. */
function Under({ one }: { one: Shown }) {
  const room = useRoom()
  const place = room.places.value.get(one.id)
  const [group] = place ? underHeadings([one], () => place.from, headingsOf(room)) : []
  return group?.heading ? (
    <p class="hint" dir="auto">
      {strings.suggestions.under(group.heading.text)}
    </p>
  ) : null
}

const headingsOf = (room: Room) => headingsIn(runsOf(room.connection.text))

interface GroupsProps {
  placed: Shown[]
  onDecided: (place: number) => void
  onMissed: (words: string) => void
}

/** The cards under the headings of the statement they belong to. A text without headings is one group. */
function Groups({ placed, onDecided, onMissed }: GroupsProps) {
  const room = useRoom()
  const places = room.places.value
  const groups = underHeadings(placed, ({ id }) => places.get(id)!.from, headingsOf(room))
  if (groups.every(({ heading }) => heading === null))
    return <Cards some={placed} from={0} onDecided={onDecided} onMissed={onMissed} />
  let from = 0
  return (
    <>
      {groups.map(({ heading, some }) => {
        const first = from
        from += some.length
        const id = `under-${heading?.at ?? 'start'}`
        return (
          <section key={`${id} ${heading?.text}`} class="group" aria-labelledby={id}>
            <div class="group-head">
              <h3 id={id} dir="auto">
                {heading ? strings.suggestions.under(heading.text) : strings.suggestions.atStart}
              </h3>
              <span class="count">{some.length}</span>
            </div>
            <AllOf some={some} onMissed={onMissed} />
            <Cards some={some} from={first} onDecided={onDecided} onMissed={onMissed} />
          </section>
        )
      })}
    </>
  )
}

function Nothing({ decided }: { decided: boolean }) {
  const room = useRoom()
  const { none, noneGathering, noneFacilitator, toSession } = strings.suggestions
  const hint = decided ? '' : room.isFacilitator ? noneFacilitator : noneGathering
  return (
    <>
      <p class="nothing">
        {none} {hint}
      </p>
      {room.isFacilitator && (
        <p class="actions">
          <button type="button" onClick={() => room.openTab('session')}>
            {toSession}
          </button>
        </p>
      )}
    </>
  )
}

interface CardsProps {
  some: Shown[]
  from: number
  onDecided: (place: number) => void
  onMissed: (words: string) => void
}

function Cards({ some, from, onDecided, onMissed }: CardsProps) {
  return (
    <>
      {some.map((one, i) => (
        <SuggestionCard key={one.id} one={one} onDecided={() => onDecided(from + i)} onMissed={onMissed} />
      ))}
    </>
  )
}

/** The card that took the place of one that was decided, so that the keyboard is not thrown out of the list. */
function focusCard(list: HTMLElement | null, at: number) {
  requestAnimationFrame(() => {
    // Who has gone on to something else meanwhile is left there.
    const { activeElement } = document
    if (activeElement !== document.body && !list?.contains(activeElement)) return
    const cards = cardsIn(list)
    const next = cards[Math.min(at, cards.length - 1)]
    if (next) next.focus()
    else list?.closest<HTMLElement>('[role=tabpanel]')?.focus()
  })
}

/** When a suggestion is picked in the text, its card comes into view. */
function useFollowPick(room: Room, list: HTMLElement | null) {
  const picked = room.picked.value
  useEffect(() => {
    if (!picked || !list) return
    const card = cardsIn(list).find(({ dataset }) => dataset.card === picked)
    if (card && !card.contains(document.activeElement)) card.scrollIntoView({ block: 'nearest' })
  }, [picked, list])
}

/** On a phone there is one card, and above it the place it is about. */
function useShowPlace(room: Room, one: Shown | undefined) {
  useEffect(() => {
    if (one) room.show(one)
  }, [room, one?.id])
}

function Pager({ at, of, step }: { at: number; of: number; step: (by: number) => void }) {
  return (
    <div class="pager">
      <button type="button" class="icon-button" aria-label={strings.suggestions.previous} disabled={at === 0} onClick={() => step(-1)}>
        <Icon name="previous" />
      </button>
      <p role="status">{strings.suggestions.place(at + 1, of)}</p>
      <button type="button" class="icon-button" aria-label={strings.suggestions.next} disabled={at === of - 1} onClick={() => step(1)}>
        <Icon name="next" />
      </button>
    </div>
  )
}

function Keys() {
  return (
    <details class="keys">
      <summary>{strings.suggestions.keys}</summary>
      <dl>
        {strings.suggestions.keyList.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

function Decided({ some }: { some: Shown[] }) {
  const { statuses, decidedBy } = strings.suggestions
  return (
    <details class="decided">
      <summary>{strings.suggestions.decided(some.length)}</summary>
      <ul>
        {some.map(({ id, text, status, decidedBy: who, edited }) => (
          <li key={id}>
            <p class="serif" dir="auto">
              {text || <span class="hint">{strings.suggestions.erased}</span>}
            </p>
            <p class={`hint status-${status}`}>{decidedBy(statuses[status], who, edited)}</p>
          </li>
        ))}
      </ul>
    </details>
  )
}
