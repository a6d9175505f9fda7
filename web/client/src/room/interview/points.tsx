/** One's points read back: each is confirmed, corrected or dropped, and what is left becomes inputs. */
import type { TargetedSubmitEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { useDraft } from '../../draft.ts'
import { strings as words } from '../../strings/interview.ts'
import type { Quoting } from '../../types.ts'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { QuoteChoice } from '../quote-choice.tsx'
import type { Interview, Point, Verdict } from './types.ts'

export function Points({ one }: { one: Interview }) {
  const list = useRef<HTMLOListElement>(null)
  const judged = one.points.filter(({ verdict }) => verdict !== 'open').length
  /** On to what is still open, or to the end. */
  const onJudged = () =>
    requestAnimationFrame(() => {
      const next = list.current?.querySelector<HTMLElement>('[data-open] button') ?? document.getElementById('give-points')
      next?.focus()
    })
  return (
    <>
      <h3 tabIndex={-1} ref={focusOnce}>
        {words.points}
      </h3>
      <p class="hint">{words.pointsHint}</p>
      <p class="hint" role="status">
        {words.judged(judged, one.points.length)}
      </p>
      {one.left_out > 0 && <p class="missed">{words.leftOut(one.left_out)}</p>}
      <ol class="points" ref={list}>
        {one.points.map((point) => (
          <li key={point.id} {...(point.verdict === 'open' ? { 'data-open': true } : {})}>
            <PointCard interview={one.id} point={point} onJudged={onJudged} />
          </li>
        ))}
      </ol>
      <Finish one={one} still={one.points.length - judged} />
    </>
  )
}

function PointCard({ interview: conversation, point, onJudged }: { interview: string; point: Point; onJudged: () => void }) {
  const { interview } = useRoom()
  const { id, text, quote, own, asked, verdict, wording } = point
  const [correcting, setCorrecting] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [words_, setWords] = useDraft(`interview:${conversation}:${id}`, wording ?? text)

  const judge = async (next: Verdict, said?: string) => {
    setBusy(true)
    setProblem(null)
    try {
      await interview.judge(id, next, said)
      setCorrecting(false)
      onJudged()
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (words_.trim()) judge('corrected', words_.trim())
  }
  const button = (next: Verdict, label: string, act: () => void) => (
    <button type="button" aria-pressed={verdict === next} class={`verdict-${next}`} disabled={busy} onClick={act}>
      {label}
      <span class="hidden">: {text.slice(0, 80)}</span>
    </button>
  )
  return (
    <article class={`point point-${verdict}`}>
      {verdict !== 'open' && <p class="chip">{words.verdicts[verdict]}</p>}
      <p class="point-text" dir="auto">
        {wording ?? text}
      </p>
      <p class="hint">
        {own ? words.saidTo : words.said}: <q dir="auto">{own ? asked : quote}</q>
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {correcting ? (
        <form onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && setCorrecting(false)}>
          <div class="field">
            <label for={`point-${id}`}>{words.wording}</label>
            <textarea
              id={`point-${id}`}
              class="serif"
              rows={3}
              dir="auto"
              maxLength={4000}
              value={words_}
              ref={focusOnce}
              onInput={(event) => setWords(event.currentTarget.value)}
            />
          </div>
          <p class="actions">
            <button type="submit" class="primary" disabled={busy || !words_.trim()}>
              {words.keep}
            </button>
            <button type="button" class="quiet" onClick={() => setCorrecting(false)}>
              {words.cancel}
            </button>
          </p>
        </form>
      ) : (
        <p class="actions verdicts">
          {button('confirmed', words.confirm, () => judge('confirmed'))}
          {button('corrected', words.correct, () => setCorrecting(true))}
          {button('dropped', words.drop, () => judge('dropped'))}
        </p>
      )}
    </article>
  )
}

function Finish({ one, still }: { one: Interview; still: number }) {
  const { interview } = useRoom()
  const [quote, setQuote] = useState<Quoting>('anonymous')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const kept = one.points.filter(({ verdict }) => verdict === 'confirmed' || verdict === 'corrected').length
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (still > 0) {
      setProblem(words.still(still))
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      await interview.finish(quote)
    } catch (error) {
      setProblem(wordsFor(error))
      setBusy(false)
    }
  }
  return (
    <form onSubmit={submit}>
      {kept > 0 && <QuoteChoice name="points-quote" value={quote} onPick={setQuote} />}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" id="give-points" class={still > 0 ? '' : 'primary'} disabled={busy}>
          {busy ? words.giving : words.give(kept)}
        </button>
        {still > 0 && <span class="hint">{words.still(still)}</span>}
      </p>
    </form>
  )
}
