/** What came of rounds: the order, who counted, and what it takes to count again. */
import { strings } from '../../strings/room.ts'
import { voting } from '../../strings/voting.ts'
import { useRoom } from '../context.ts'
import { CandidateCard, namesOf } from './candidates.tsx'
import { isStatusQuo } from './ranking.ts'
import type { Result, Round } from './types.ts'

const words = voting.round

export function EarlierRounds({ rounds }: { rounds: Round[] }) {
  const room = useRoom()
  if (rounds.length === 0) return null
  const [last, ...earlier] = [...rounds].reverse()
  // The last result is what people come for, as long as nothing else is asked of them.
  const prominent = room.voting.round.value === null && room.voting.poll.value === null && room.session.value.phase !== 'agreed'
  return (
    <section class="group" aria-labelledby="counted-rounds">
      <h3 id="counted-rounds">{words.results(rounds.length)}</h3>
      {[last!, ...earlier].map((round, i) => (
        <details key={round.id} class="round-result" open={i === 0 && prominent}>
          <summary>
            {words.resultOf(round.number)} {round.result && `· ${words.winner(namesOf(round).get(round.result.winner) ?? '')}`}
          </summary>
          {round.result ? <Counted round={round} result={round.result} /> : <p class="nothing">{words.calledOff}</p>}
        </details>
      ))}
    </section>
  )
}

function Counted({ round, result }: { round: Round; result: Result }) {
  const room = useRoom()
  const names = namesOf(round)
  const before = round.candidates.find(isStatusQuo)?.text ?? ''
  const tied = new Set(result.tiers.filter((tier) => tier.length > 1).flat())
  const { humans_only: humansOnly } = result
  const open = room.open.length
  return (
    <>
      <ol class="order">
        {result.order.map((id) => {
          const one = round.candidates.find((candidate) => candidate.id === id)
          return (
            <li key={id}>
              <details>
                <summary>
                  {names.get(id)} {tied.has(id) && <span class="hint">({words.tied})</span>}
                </summary>
                {one && <CandidateCard one={one} name={names.get(id)!} before={before} />}
              </details>
            </li>
          )
        })}
      </ol>
      <p>{words.decided(result)}</p>
      {humansOnly && humansOnly !== result.winner && <p class="warn">{words.humansOnly(names.get(humansOnly) ?? '')}</p>}
      {result.tau !== null && <p class="hint">{words.tau(result.tau)}</p>}
      {open > 0 && (
        <p class="actions">
          <button type="button" onClick={() => room.goTo('suggestions')}>
            {words.toSuggestions} ({strings.suggestions.group(open)})
          </button>
        </p>
      )}
      <details class="fingerprint">
        <summary>{words.again}</summary>
        <p class="hint">
          {words.againHint} {words.lots(result.lots)}
        </p>
        <dl>
          <dt>{words.commitment}</dt>
          <dd>
            <code>{round.commitment}</code>
          </dd>
          <dt>{words.secret}</dt>
          <dd>
            <code>{round.secret}</code>
          </dd>
          <dt>{words.seed}</dt>
          <dd>
            <code>{result.seed}</code>
          </dd>
        </dl>
      </details>
    </>
  )
}
