/** An interview has the place for itself: one question at a time, then one's points, then what became of them. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings as words } from '../../strings/interview.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { Points } from './points.tsx'
import { Privacy } from './privacy.tsx'
import { Question } from './question.tsx'
import type { Interview as Conversation } from './types.ts'

export function Interview({ one }: { one: Conversation }) {
  const { interview } = useRoom()
  return (
    <section class="interview" aria-labelledby="interview">
      <div class="interview-head">
        <h2 id="interview">{words.heading}</h2>
        {one.status !== 'done' && (
          <button
            type="button"
            class="quiet"
            title={words.laterHint}
            onClick={() => {
              interview.shown.value = false
              requestAnimationFrame(() => document.getElementById('interview-start')?.focus())
            }}
          >
            {words.later}
          </button>
        )}
      </div>
      {one.note && (
        <p class="missed" role="status">
          {one.note}
        </p>
      )}
      {one.status === 'asking' && <Asking one={one} />}
      {one.status === 'confirming' && <Points one={one} />}
      {one.status === 'done' && <Done one={one} />}
      {one.status !== 'done' && <Privacy mode={one.mode} />}
      <Remove />
    </section>
  )
}

function Asking({ one }: { one: Conversation }) {
  const { interview } = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  if (one.question !== null) return <Question key={`${one.id} ${one.question}`} one={one} turn={one.question} />
  const goOn = () => interview.start().catch((error) => setProblem(wordsFor(error)))
  return (
    <>
      <p class="hint">{words.cut}</p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="button" class="primary" ref={focusOnce} onClick={goOn}>
          {words.goOn}
        </button>
      </p>
    </>
  )
}

function Done({ one }: { one: Conversation }) {
  const { interview } = useRoom()
  const made = one.made.length
  const nothing = one.points.length === 0 ? words.noQuestions : words.doneNothing
  return (
    <div class="interview-done" tabIndex={-1} ref={focusOnce}>
      <p class="lead">{made > 0 ? words.done(made) : nothing}</p>
      {made > 0 && <p class="hint">{words.doneHint}</p>}
      <p class="actions">
        <button
          type="button"
          class="primary"
          onClick={() => {
            interview.shown.value = false
            requestAnimationFrame(() => document.getElementById('my-inputs')?.scrollIntoView())
          }}
        >
          {words.close}
        </button>
        <button type="button" onClick={() => interview.start().catch((error) => console.error(error))}>
          {words.again}
        </button>
      </p>
    </div>
  )
}

function Remove() {
  const { interview } = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  return (
    <div class="interview-remove">
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <Confirm
        label={words.remove}
        question={words.removeSure}
        yes={words.remove}
        no={words.keepIt}
        onYes={() => interview.remove().catch((error) => setProblem(wordsFor(error)))}
      />
    </div>
  )
}
