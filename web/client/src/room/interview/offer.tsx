/** The way into an interview, or back into one. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings as words } from '../../strings/interview.ts'
import { useRoom } from '../context.ts'

export function Offer() {
  const room = useRoom()
  const { interview } = room
  const waits = interview.waits.value
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const start = async () => {
    setBusy(true)
    setProblem(null)
    try {
      await interview.start()
      interview.shown.value = true
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  const points = interview.current.value?.points.filter(({ verdict }) => verdict === 'open').length ?? 0
  return (
    <section class={`interview-offer ${waits ? 'waits' : ''}`} aria-labelledby="interview-offer">
      <h3 id="interview-offer">{words.title}</h3>
      <p class="hint">{waits === 'answer' ? words.waitsAnswer : waits ? words.waitsPoints(points) : words.offer}</p>
      <button type="button" id="interview-start" class={waits ? 'primary' : ''} disabled={busy} onClick={start}>
        {busy ? words.starting : waits ? words.goOn : words.start}
      </button>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
