/** What I have had erased and how far that is, and what I have withdrawn, which can still be erased. */
import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings as words } from '../../strings/erase.ts'
import type { Input } from '../../types.ts'
import { useRoom } from '../context.ts'
import { Erase } from './erase.tsx'
import type { Erasure, Erasures } from './types.ts'

const moments = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

export function Erased() {
  const room = useRoom()
  const found = useSignal<Erasures>({ erasures: [], withdrawn: [] })
  const load = async () => {
    if (!room.isObserver) found.value = await room.api<Erasures>('GET', `${room.base}/erasures`)
  }
  useEffect(() => {
    const stops = [room.loads.keep('erasures', load), room.on('inputs', () => room.loads.later('erasures', load))]
    return () => {
      for (const stop of stops) stop()
    }
  }, [room])
  const { erasures, withdrawn } = found.value
  return (
    <>
      {withdrawn.length > 0 && (
        <section class="group" aria-labelledby="withdrawn">
          <h3 id="withdrawn">{words.withdrawn}</h3>
          <p class="hint">{words.withdrawnHint}</p>
          <ul class="given">
            {withdrawn.map((input) => (
              <li key={input.id}>
                <Withdrawn input={input} onErased={load} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {erasures.length > 0 && (
        <section class="group" aria-labelledby="erased">
          <h3 id="erased">{words.erased}</h3>
          <ul class="given">
            {erasures.map((one) => (
              <li key={one.id}>
                <One one={one} onAgain={load} />
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Withdrawn({ input, onErased }: { input: Input; onErased: () => void }) {
  return (
    <>
      <p class="given-text" dir="auto">
        {input.text}
      </p>
      <p class="actions">
        <Erase kind="input" id={input.id} onErased={onErased} />
      </p>
    </>
  )
}

function One({ one, onAgain }: { one: Erasure; onAgain: () => void }) {
  const room = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  const standing = one.found.in_statement ?? 0
  const again = async () => {
    setProblem(null)
    try {
      await room.api('POST', `${room.base}/erasures/${encodeURIComponent(one.id)}/again`)
      onAgain()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <>
      <p role="status">
        {words.kinds[one.kind]} {words.states[one.status]}
        {one.done_at && <span class="hint"> · {moments.format(new Date(one.done_at))}</span>}
      </p>
      {one.status === 'done' && standing > 0 && (
        <>
          <p class="hint">{words.standing(standing)}</p>
          <p class="actions">
            <button type="button" class="quiet" onClick={again}>
              {words.again}
            </button>
          </p>
        </>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}
