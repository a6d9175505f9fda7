/** One question, and what was said before it. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../../api.ts'
import { useDraft } from '../../draft.ts'
import { strings as words } from '../../strings/interview.ts'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import type { Interview } from './types.ts'

const LONGEST = 4000

/** How many questions there can be: a model's come after the first, if that one was a fixed one. */
function atMost({ mode, most, turns }: Interview): number {
  const opening = mode === 'claude' ? turns.filter(({ by }) => by === 'fixed').length : 0
  return Math.max(turns.length, most + opening)
}

export function Question({ one, turn }: { one: Interview; turn: number }) {
  const { interview } = useRoom()
  const [text, setText] = useDraft(`interview:${one.id}:${turn}`)
  const [busy, setBusy] = useState<'next' | 'enough' | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const { question, by } = one.turns[turn]!
  const of = atMost(one)
  const last = turn + 1 >= of

  const say = async (answer: string | null, enough = false) => {
    setBusy(enough ? 'enough' : 'next')
    setProblem(null)
    try {
      await interview.answer(turn, answer, enough)
      setText('')
    } catch (error) {
      setBusy(null)
      setProblem(wordsFor(error))
      if (error instanceof Problem && error.kind === 'interview-moved') {
        setProblem(words.moved)
        await interview.load().catch(() => {})
      }
    }
  }
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (text.trim()) say(text.trim())
    else setProblem(words.empty)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && text.trim() && !busy) {
      event.preventDefault()
      say(text.trim())
    }
  }
  const left = LONGEST - text.length
  return (
    <form class="interview-question" onSubmit={submit} onKeyDown={onKey} noValidate>
      <p class="hint" id="interview-progress">
        {words.progress(turn + 1, of)} · {words.asked[by]}
      </p>
      <div class="field">
        <label for="interview-answer" class="asked" dir="auto">
          {question}
        </label>
        <textarea
          id="interview-answer"
          rows={4}
          dir="auto"
          maxLength={LONGEST}
          value={text}
          readOnly={busy !== null}
          aria-describedby="interview-progress"
          ref={focusOnce}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        {left < 500 && <p class="hint">{words.left(left)}</p>}
      </div>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="hint" role="status">
        {busy && (
          <>
            <span class="pulse" aria-hidden="true" />
            {last || busy === 'enough' ? words.reading : words.thinking}
          </>
        )}
      </p>
      <p class="actions">
        <button type="submit" class="primary" disabled={busy !== null}>
          {words.next}
        </button>
        <button type="button" disabled={busy !== null} onClick={() => say(null)}>
          {words.pass}
        </button>
        {!last && (
          <button type="button" class="quiet" disabled={busy !== null} onClick={() => say(text.trim() || null, true)}>
            {words.enough}
          </button>
        )}
      </p>
      {turn > 0 && <Before one={one} upTo={turn} />}
    </form>
  )
}

function Before({ one, upTo }: { one: Interview; upTo: number }) {
  return (
    <details class="said-before">
      <summary>{words.before(upTo)}</summary>
      <dl>
        {one.turns.slice(0, upTo).map(({ question, answer }) => (
          <div key={question}>
            <dt dir="auto">{question}</dt>
            <dd dir="auto">{answer ?? <span class="hint">{words.passed}</span>}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
