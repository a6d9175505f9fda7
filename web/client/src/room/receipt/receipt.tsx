/** The heard receipt: for each of my points where it went. Only I see it. */
import type { TargetedSubmitEvent } from 'preact'
import { useId, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { useDraft } from '../../draft.ts'
import { charactersOf } from '../../statement/delta.ts'
import { findSentences } from '../../statement/sentences.ts'
import { strings as words } from '../../strings/sources.ts'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { Icon, type IconName } from '../icons.tsx'
import { kept, type Live, useLive } from '../live.ts'
import { Loading } from '../loading.tsx'
import type { Fate, Point, Use } from './types.ts'

interface Heard {
  points: Point[]
}

const EVENTS = ['suggestion', 'inputs', 'run'] as const

const ICONS: Record<Fate, IconName> = {
  in_text: 'check',
  in_text_edited: 'check',
  proposed: 'suggestions',
  disputed: 'dissents',
  rejected: 'cross',
  not_used: 'circle',
}

const LED_BY: Record<Fate, string> = {
  in_text: words.asText,
  in_text_edited: words.asText,
  proposed: words.asProposal,
  disputed: words.asDisputed,
  rejected: words.asRejected,
  not_used: '',
}

export function Receipt() {
  const room = useRoom()
  const live = useLive<Heard>('/heard', EVENTS)
  const points = live.found.value?.points
  if (room.isObserver) return null
  return (
    <section class="group receipt" aria-labelledby="receipt">
      <h3 id="receipt">{words.points}</h3>
      <p class="hint">{words.pointsHint}</p>
      <Loading live={live} />
      {points && (points.length === 0 ? <NoPoints /> : <Points points={points} live={live} />)}
    </section>
  )
}

function NoPoints() {
  const room = useRoom()
  return (
    <>
      <p class="nothing">{words.noPoints}</p>
      {room.tab.value !== 'inputs' && (
        <p class="actions">
          <button type="button" onClick={() => room.openTab('inputs')}>
            {words.toInputs}
          </button>
        </p>
      )}
    </>
  )
}

function Points({ points, live }: { points: Point[]; live: Live<Heard> }) {
  const there = points.filter(({ fate }) => fate === 'in_text' || fate === 'in_text_edited').length
  return (
    <>
      <p>{words.heardOf(there, points.length)}</p>
      <ul class="points">
        {points.map((point) => (
          <li key={`${point.input}:${point.start}`}>
            <OnePoint point={point} live={live} />
          </li>
        ))}
      </ul>
    </>
  )
}

function OnePoint({ point, live }: { point: Point; live: Live<Heard> }) {
  const { text, fate, reason, uses } = point
  return (
    <>
      <p class="point-text" dir="auto">
        {text}
      </p>
      <p class={`standing fate-${fate}`}>
        <Icon name={ICONS[fate]} />
        {words.fates[fate]}
      </p>
      {reason && (
        <p class="hint" dir="auto">
          {words.because(reason)}
        </p>
      )}
      {uses.map((use) => (
        <OneUse key={`${use.citation} ${use.text}`} use={use} fate={fate} live={live} />
      ))}
    </>
  )
}

function OneUse({ use, fate, live }: { use: Use; fate: Fate; live: Live<Heard> }) {
  const room = useRoom()
  const [asking, setAsking] = useState(false)
  const inText = fate === 'in_text' || fate === 'in_text_edited'
  const disputable = inText || fate === 'proposed'
  return (
    <div class="use">
      <p class="hint">{LED_BY[fate]}</p>
      <p class="serif" dir="auto">
        {use.text}
      </p>
      {asking ? (
        <DisputeForm use={use} live={live} onDone={() => setAsking(false)} />
      ) : (
        <p class="actions">
          {inText && <ShowInText text={use.text} />}
          {fate === 'proposed' && (
            <button type="button" class="quiet" onClick={() => room.pick(use.suggestion, 'suggestions')}>
              {words.showSuggestion}
            </button>
          )}
          {disputable && (
            <button type="button" class="quiet" onClick={() => setAsking(true)}>
              {words.dispute}
            </button>
          )}
        </p>
      )}
    </div>
  )
}

function ShowInText({ text }: { text: string }) {
  const room = useRoom()
  const show = () => {
    const [range] = findSentences(charactersOf(room.connection.text), [text])
    if (range) room.point(range)
  }
  return (
    <button type="button" class="quiet" onClick={show}>
      {words.showText}
    </button>
  )
}

function DisputeForm({ use, live, onDone }: { use: Use; live: Live<Heard>; onDone: () => void }) {
  const room = useRoom()
  const id = useId()
  const [text, setText] = useDraft(`dispute:${use.citation}`)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      const path = `${room.base}/heard/${encodeURIComponent(use.citation)}/dispute`
      live.found.value = await room.api<Heard>('POST', path, { text: text.trim() })
      setText('')
      room.news.tell('disputed', () => words.disputedDone)
      room.loads.again(kept('/measures'))
      room.loads.later('critiques', () => room.loadCritiques())
      onDone()
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  return (
    <form class="edit" onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && onDone()} noValidate>
      <label for={id}>{words.meant}</label>
      <textarea
        id={id}
        rows={3}
        dir="auto"
        maxLength={2000}
        value={text}
        ref={focusOnce}
        aria-describedby={`${id}-hint`}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <p class="hint" id={`${id}-hint`}>
        {words.disputeHint}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.sending : words.send}
        </button>
        <button type="button" class="quiet" onClick={onDone}>
          {words.cancel}
        </button>
      </p>
    </form>
  )
}
