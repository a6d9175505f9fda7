/** Everybody's inputs, in sessions where the facilitator reads them and everybody was told so. */
import { useEffect, useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { strings } from '../strings/room.ts'
import type { Input } from '../types.ts'
import { useRoom } from './context.ts'

export function AllInputs() {
  const room = useRoom()
  const { inputs: total, facilitator_reads_inputs: reads } = room.session.value
  const [all, setAll] = useState<Input[]>([])
  const [problem, setProblem] = useState<string | null>(null)
  useEffect(() => {
    if (!reads) return
    room.api<{ inputs: Input[] }>('GET', `${room.base}/inputs?all=1`).then(
      ({ inputs }) => setAll(inputs),
      (error) => setProblem(wordsFor(error)),
    )
  }, [room, reads, total.count])
  if (!reads) return null
  return (
    <details class="group">
      <summary>{strings.session.allInputs(total.count)}</summary>
      <p class="hint">{strings.session.allInputsHint}</p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <ul class="given">
        {all.map(({ id, text, quote, used_in }) => (
          <li key={id}>
            <p class="given-text" dir="auto">
              {text}
            </p>
            <p class="hint">
              {strings.inputs.used(used_in.length)} · {strings.inputs.quoteShort[quote]}
            </p>
          </li>
        ))}
      </ul>
    </details>
  )
}
