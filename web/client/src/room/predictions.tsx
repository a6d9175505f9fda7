/** Whether a model may guess how I would rank candidates. Asked only where there is a model. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { strings } from '../strings/room.ts'
import { useRoom } from './context.ts'
import { providerOf } from './interview/privacy.tsx'

const words = strings.predictions

export function Predictions() {
  const room = useRoom()
  const { me } = room.session.value
  const provider = providerOf(room)
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  if (!provider || me.role !== 'participant') return null
  const choose = async (predictable: boolean) => {
    setProblem(null)
    setSaid('')
    try {
      await room.api('PUT', `${room.base}/consent`, { predictable })
      const session = room.session.value
      room.session.value = { ...session, me: { ...session.me, predictable } }
      setSaid(predictable ? words.on : words.off)
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <section class="group" aria-labelledby="predictions">
      <h3 id="predictions">{words.title}</h3>
      <label class="choice">
        <input
          type="checkbox"
          id="predictable"
          checked={me.predictable}
          aria-describedby="predictable-hint"
          onChange={(event) => choose(event.currentTarget.checked)}
        />
        <span>{words.allow}</span>
      </label>
      <p class="hint" id="predictable-hint">
        {words.hint(provider)}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="done" role="status">
        {said}
      </p>
    </section>
  )
}
