/**
 * A ranking made by hand: by dragging rows, with a finger too, with buttons, or with keys.
 *
 * Every move says in a polite region where the candidate is now; the focus stays on what was used.
 */
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { voting } from '../../strings/voting.ts'
import { Icon, type IconName } from '../icons.tsx'
import * as moves from './ranking.ts'
import { isStatusQuo } from './ranking.ts'
import type { Candidate, Ranking } from './types.ts'

const words = voting.round

/** Where a dragged row would land: at a place of its own before this index, beside those of a place, or in none. */
type Target = { kind: 'gap' | 'tie'; at: number } | { kind: 'out' }

interface Drag {
  id: string
  startY: number
  target: Target | null
}

interface Props {
  candidates: Candidate[]
  names: Map<string, string>
  ranking: Ranking
  onChange: (ranking: Ranking) => void
}

/** So near to the edge of what scrolls, dragging scrolls it. */
const EDGE_PX = 48

export function Ranker({ candidates, names, ranking, onChange }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const keys = useId()
  const [said, setSaid] = useState('')
  const [drag, setDrag] = useState<Drag | null>(null)
  const refocus = useRef<{ id: string; act: string } | null>(null)
  const left = moves.unranked(
    ranking,
    candidates.map(({ id }) => id),
  )
  const nameOf = (id: string) => names.get(id) ?? ''

  const change = (id: string, next: Ranking, act: string) => {
    refocus.current = { id, act }
    onChange(next)
    const at = moves.placeOf(next, id)
    setSaid(at < 0 ? words.saidOut(nameOf(id)) : words.said(nameOf(id), at + 1, next.length, next[at]!.length > 1))
  }
  // A row that moves in the page loses the focus on its way.
  useLayoutEffect(() => {
    const wanted = refocus.current
    if (!wanted) return
    refocus.current = null
    const row = box.current?.querySelector(`[data-row="${CSS.escape(wanted.id)}"]`)
    const button = row?.querySelector<HTMLButtonElement>(`[data-act="${wanted.act}"]:not(:disabled)`)
    ;(button ?? row?.querySelector<HTMLElement>('[data-act="grip"]'))?.focus()
  }, [ranking])

  const onKey = (event: KeyboardEvent, id: string) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const ranked = moves.placeOf(ranking, id) >= 0
    const next = {
      ArrowUp: () => moves.up(ranking, id),
      ArrowDown: () => (ranked ? moves.down(ranking, id) : ranking),
      Home: () => moves.insertAt(ranking, id, 0),
      End: () => moves.insertAt(ranking, id, ranking.length),
      '=': () => moves.level(ranking, id),
      Delete: () => moves.remove(ranking, id),
      Backspace: () => moves.remove(ranking, id),
    }[event.key]
    if (!next) return
    event.preventDefault()
    change(id, next(), 'grip')
  }

  const rowOf = (id: string) => box.current!.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)!
  const onDown = (event: PointerEvent, id: string) => {
    if (event.button !== 0) return
    ;(event.currentTarget as HTMLElement).setPointerCapture(event.pointerId)
    setDrag({ id, startY: event.clientY, target: null })
  }
  const onMove = (event: PointerEvent) => {
    if (!drag) return
    rowOf(drag.id).style.transform = `translateY(${event.clientY - drag.startY}px)`
    scrollNear(box.current!, event.clientY)
    setDrag({ ...drag, target: targetAt(box.current!, ranking, drag.id, event.clientY) })
  }
  const onEnd = (drop: boolean) => {
    if (!drag) return
    const { id, target } = drag
    rowOf(id).style.transform = ''
    setDrag(null)
    if (!drop || !target) return
    const next =
      target.kind === 'out'
        ? moves.remove(ranking, id)
        : target.kind === 'gap'
          ? moves.insertAt(ranking, id, target.at)
          : moves.tieWith(ranking, id, target.at)
    change(id, next, 'grip')
  }

  const grip = (id: string) => (
    <button
      type="button"
      class="grip"
      data-act="grip"
      aria-label={words.grip(nameOf(id))}
      aria-describedby={keys}
      title={words.gripKeys}
      onKeyDown={(event) => onKey(event, id)}
      onPointerDown={(event) => onDown(event, id)}
      onPointerMove={onMove}
      onPointerUp={() => onEnd(true)}
      onPointerCancel={() => onEnd(false)}
    >
      <Icon name="grip" />
    </button>
  )
  const act = (id: string, name: IconName, label: string, next: Ranking, disabled = false) => (
    <button
      type="button"
      class="quiet icon-button"
      data-act={name}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={() => change(id, next, name)}
    >
      <Icon name={name} />
    </button>
  )
  const find = (id: string) => candidates.find((one) => one.id === id)
  const dropAt = (at: number, first: boolean, last: boolean) => {
    const target = drag?.target
    if (!target || target.kind === 'out') return ''
    if (target.kind === 'tie') return target.at === at ? 'drop-tie' : ''
    if (target.at === at && first) return 'drop-before'
    return target.at === ranking.length && at === ranking.length - 1 && last ? 'drop-after' : ''
  }

  return (
    <div ref={box} class={drag ? 'ranker dragging' : 'ranker'}>
      <p class="hidden" id={keys}>
        {words.gripKeys}
      </p>
      {ranking.length === 0 ? (
        <p class={drag?.target?.kind === 'gap' ? 'nothing-ranked drop-tie' : 'nothing-ranked'}>{words.first}</p>
      ) : (
        <ol class="ranked">
          {ranking.flatMap((tier, at) =>
            tier.map((id, i) => {
              const name = nameOf(id)
              const tied = tier.length > 1
              const classes = [
                'rank-row',
                tied && i > 0 && 'tied',
                drag?.id === id ? 'dragged' : dropAt(at, i === 0, i === tier.length - 1),
              ]
              return (
                <li key={id} class={classes.filter(Boolean).join(' ')} data-row={id} data-place={at}>
                  {grip(id)}
                  <span class="rank-place">
                    {at + 1}
                    {tied && <span class="hidden">, {words.shared}</span>}
                  </span>
                  <RowName one={find(id)} name={name} />
                  <span class="rank-acts">
                    {act(id, 'up', words.up(name), moves.up(ranking, id), at === 0 && !tied)}
                    {act(id, 'down', words.down(name), moves.down(ranking, id), at === ranking.length - 1 && !tied)}
                    {act(id, 'level', tied ? words.split(name) : words.level(name), moves.level(ranking, id), at === 0 && !tied)}
                    {act(id, 'out', words.out(name), moves.remove(ranking, id))}
                  </span>
                </li>
              )
            }),
          )}
        </ol>
      )}
      {left.length > 0 && (
        <div class={drag?.target?.kind === 'out' ? 'unranked drop-tie' : 'unranked'} data-unranked>
          <h4>
            {words.unranked} {ranking.length > 0 && <span class="hint">{words.unrankedHint}</span>}
          </h4>
          <ul>
            {left.map((id) => (
              <li key={id} class={drag?.id === id ? 'rank-row dragged' : 'rank-row'} data-row={id}>
                {grip(id)}
                <RowName one={find(id)} name={nameOf(id)} />
                <button
                  type="button"
                  data-act="add"
                  aria-label={words.add(nameOf(id))}
                  onClick={() => change(id, moves.append(ranking, id), 'grip')}
                >
                  {words.rankNext}
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="hidden" role="status">
        {said}
      </p>
    </div>
  )
}

function RowName({ one, name }: { one: Candidate | undefined; name: string }) {
  const excerpt = !one || isStatusQuo(one) ? words.statusQuoHint : (one.changes[0]?.text ?? '')
  return (
    <span class="rank-name">
      <strong>{name}</strong>
      <span class="hint" dir="auto">
        {excerpt}
      </span>
    </span>
  )
}

/** The middle of a row means its place, its edges the gaps beside it. */
function targetAt(box: HTMLElement, ranking: Ranking, dragged: string, y: number): Target {
  const out = box.querySelector('[data-unranked]')?.getBoundingClientRect()
  if (out && y > out.top) return { kind: 'out' }
  const rows = [...box.querySelectorAll<HTMLElement>('[data-place]')].filter((row) => row.dataset.row !== dragged)
  for (const row of rows) {
    const { top, height } = row.getBoundingClientRect()
    const at = Number(row.dataset.place)
    const isFirst = ranking[at]!.find((id) => id !== dragged) === row.dataset.row
    if (y < top + height * 0.3) return isFirst ? { kind: 'gap', at } : { kind: 'tie', at }
    if (y < top + height * 0.7) return { kind: 'tie', at }
  }
  return { kind: 'gap', at: ranking.length }
}

function scrollNear(box: HTMLElement, y: number) {
  const scrolling = box.closest('.dialog-body, .panel-body')
  if (!scrolling) return
  const { top, bottom } = scrolling.getBoundingClientRect()
  if (y < top + EDGE_PX) scrolling.scrollBy(0, -12)
  else if (y > bottom - EDGE_PX) scrolling.scrollBy(0, 12)
}
