/** What is counted, each with a line that says what it is. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings as words } from '../../strings/sources.ts'
import type { Input } from '../../types.ts'
import { useRoom } from '../context.ts'
import type { Measures } from './types.ts'

export function MeasureList({ found }: { found: Measures }) {
  const room = useRoom()
  const { groundedness, coverage, weakest, mine, sentences, inputs, uncited, uncited_inputs } = found
  const sourced = sentences.filter(({ standing }) => standing === 'sourced').length
  const detail = sentences.length > 0 ? words.sentencesOf(sourced, sentences.length) : undefined
  return (
    <section class="group" aria-labelledby="measured">
      <h3 id="measured">{words.measured}</h3>
      <dl class="measures">
        <Measure name="groundedness" value={groundedness} detail={detail} />
        <Measure name="coverage" value={coverage} />
        <Measure name="weakest" value={weakest} />
        {!room.isObserver && <Measure name="mine" value={mine} />}
      </dl>
      <p>{words.uncited(uncited, inputs)}</p>
      {uncited_inputs && uncited_inputs.length > 0 && <Uncited idents={uncited_inputs} />}
    </section>
  )
}

interface MeasureProps {
  name: keyof typeof words.measures
  value: number | null
  detail?: string | undefined
}

function Measure({ name, value, detail }: MeasureProps) {
  const [label, meaning] = words.measures[name]
  return (
    <div class="measure">
      <dt>{label}</dt>
      <dd class={value === null ? 'measure-value hint' : 'measure-value'}>
        {value === null ? words.notYet : words.share(value)}
        {detail && value !== null && <span class="hint"> · {detail}</span>}
      </dd>
      <dd class="measure-bar">
        <Bar value={value} />
      </dd>
      <dd class="hint">{meaning}</dd>
    </div>
  )
}

/** As long as the share; the figure beside it says the same. */
function Bar({ value }: { value: number | null }) {
  return (
    <svg class="bar-of" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-all" width="100" height="6" rx="1" />
      {value !== null && value > 0 && <rect class="bar-part" width={value * 100} height="6" rx="1" />}
    </svg>
  )
}

/** For a facilitator who reads inputs: which ones are used nowhere. */
function Uncited({ idents }: { idents: string[] }) {
  const room = useRoom()
  const [all, setAll] = useState<Input[] | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const load = () =>
    room.api<{ inputs: Input[] }>('GET', `${room.base}/inputs?all=1`).then(
      ({ inputs }) => setAll(inputs),
      (error) => setProblem(wordsFor(error)),
    )
  return (
    <details class="uncited" onToggle={(event) => event.currentTarget.open && load()}>
      <summary>{words.uncitedShow}</summary>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {all && (
        <ul class="points">
          {idents.map((ident) => (
            <li key={ident}>
              <p class="point-text" dir="auto">
                {all.find(({ id }) => id === ident)?.text ?? words.uncitedGone}
              </p>
            </li>
          ))}
        </ul>
      )}
    </details>
  )
}
