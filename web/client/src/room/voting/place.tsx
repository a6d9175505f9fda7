/** The place to vote: the poll that is open, candidates to rank, what was decided, and for facilitators how. */
import { strings } from '../../strings/room.ts'
import { voting as words } from '../../strings/voting.ts'
import { useRoom } from '../context.ts'
import { Predictions } from '../predictions.tsx'
import { Delegations } from './delegations.tsx'
import { EarlierPolls, PollCard } from './poll-card.tsx'
import { EarlierRounds } from './results.tsx'
import { RoundCard } from './round-card.tsx'
import { RuleGroup } from './rule-form.tsx'
import { StartRound } from './start-round.tsx'

export function VotingPlace() {
  const room = useRoom()
  const { deliberation, rounds, round } = room.voting
  const state = deliberation.value
  const last = state?.polls.at(-1)
  // The last poll stays in view once the text is agreed by it.
  const shown = last && (last.outcome === null || last.outcome === 'agreed') ? last : null
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        {state && !shown && !round.value && <p class="hint">{state.polls.length > 0 ? words.nothing : words.nothingEarly}</p>}
      </div>
      {!(state && rounds.value) && <p class="nothing">{strings.fetching}</p>}
      {state && rounds.value && (
        <>
          {shown && <PollCard key={shown.id} poll={shown} />}
          {round.value && <RoundCard key={round.value.id} round={round.value} />}
          {room.isFacilitator && !shown && !round.value && <StartRound />}
          <RuleGroup state={state} />
          {!shown && <Predictions />}
          {room.isFacilitator && state.phase !== 'agreed' && <Delegations />}
          <EarlierRounds rounds={rounds.value.filter(({ ended_at }) => ended_at !== null)} />
          <EarlierPolls polls={state.polls.filter((one) => one !== shown)} />
        </>
      )}
    </>
  )
}
