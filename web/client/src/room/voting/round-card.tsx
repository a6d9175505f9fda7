/** The round that is open: its candidates, one's ranking, what a model guesses of it, and how many have ranked. */
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../../api.ts'
import { useDraft } from '../../draft.ts'
import { overview } from '../../strings/overview.ts'
import { exact } from '../../strings/times.ts'
import { voting } from '../../strings/voting.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { When } from '../deadline.tsx'
import { Dialog } from '../dialog.tsx'
import { narrow } from '../narrow.ts'
import { CandidateCard, namesOf } from './candidates.tsx'
import { Ranker } from './ranker.tsx'
import { append, isSame, isStatusQuo, normal } from './ranking.ts'
import type { Ranking, Round } from './types.ts'

const words = voting.round

export function RoundCard({ round }: { round: Round }) {
  const room = useRoom()
  const [comparing, setComparing] = useState(false)
  const { ranking, setRanking, ...sending } = useRanking(round)
  const names = namesOf(round)
  const mayRank = !room.isObserver
  const ranker = mayRank && <Ranker candidates={round.candidates} names={names} ranking={ranking} onChange={setRanking} />
  const cards = (
    <Cards round={round} names={names} {...(mayRank ? { ranking, onRank: (id: string) => setRanking(append(ranking, id)) } : {})} />
  )
  return (
    <section class="group round" aria-labelledby="round">
      <h3 id="round">{words.title(round.number)}</h3>
      <p class="hint">{words.intro}</p>
      <Until round={round} />
      {narrow.value ? (
        <div class="candidates">{cards}</div>
      ) : (
        <p class="actions">
          <button type="button" class="big" onClick={() => setComparing(true)}>
            {words.compare}
          </button>
        </p>
      )}
      {!mayRank && <p class="hint">{words.observer}</p>}
      {mayRank && (
        <>
          <Guess round={round} names={names} onUse={setRanking} />
          <h4 class="mine">{words.mine}</h4>
          <p class="hint">{words.how}</p>
          {!comparing && ranker}
          <Send round={round} ranking={ranking} {...sending} />
        </>
      )}
      <Counts round={round} />
      {comparing && (
        <Dialog label={words.compareTitle} class="wide" onClose={() => setComparing(false)}>
          <div class="compare">
            <div class="compare-head">
              <h2>{words.compareTitle}</h2>
              <p class="hint">{words.legend}</p>
              <button type="button" onClick={() => setComparing(false)}>
                {words.close}
              </button>
            </div>
            <div class="columns" tabIndex={0} role="region" aria-label={words.columns}>
              <h3 class="hidden">{words.columns}</h3>
              {cards}
            </div>
            {mayRank && (
              <div class="compare-rank">
                <h3>{words.mine}</h3>
                {ranker}
                <Send round={round} ranking={ranking} {...sending} />
              </div>
            )}
          </div>
        </Dialog>
      )}
    </section>
  )
}

interface Sending {
  busy: boolean
  problem: string | null
  send: () => void
}

/** One's ranking as it stands on the page: what was sent, or what is being made and outlives a reload. */
function useRanking(round: Round): Sending & { ranking: Ranking; setRanking: (ranking: Ranking) => void } {
  const room = useRoom()
  const ids = round.candidates.map(({ id }) => id)
  const [draft, setDraft] = useDraft(`ranking:${room.session.value.me.participant}:${round.id}`)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const ranking = normal(parsed(draft) ?? round.mine ?? [], ids)
  const send = async () => {
    if (ranking.length === 0) return setProblem(words.nothingRanked)
    setBusy(true)
    setProblem(null)
    try {
      await room.voting.rank(round.id, ranking)
      setDraft('')
    } catch (error) {
      setProblem(error instanceof Problem && error.kind === 'round-closed' ? words.closed : wordsFor(error))
      await room.voting.load().catch(() => {})
    }
    setBusy(false)
  }
  return { ranking, setRanking: (next) => setDraft(JSON.stringify(next)), busy, problem, send }
}

function parsed(draft: string): Ranking | null {
  try {
    const value: unknown = JSON.parse(draft)
    return Array.isArray(value) && value.every((tier) => Array.isArray(tier)) ? (value as Ranking) : null
  } catch {
    return null
  }
}

function Until({ round }: { round: Round }) {
  return (
    <p class="hint">
      {round.closes_at ? (
        <>
          <When at={round.closes_at} say={overview.roundCloses} /> ({exact(round.closes_at)}).
        </>
      ) : (
        overview.roundOpen
      )}
    </p>
  )
}

interface CardsProps {
  round: Round
  names: Map<string, string>
  ranking?: Ranking
  onRank?: (id: string) => void
}

function Cards({ round, names, ranking, onRank }: CardsProps) {
  const before = round.candidates.find(isStatusQuo)?.text ?? ''
  return (
    <>
      {round.candidates.map((one) => (
        <CandidateCard key={one.id} one={one} name={names.get(one.id)!} before={before} ranking={ranking} onRank={onRank} />
      ))}
    </>
  )
}

function Send({ round, ranking, busy, problem, send }: Sending & { round: Round; ranking: Ranking }) {
  const sent = round.mine !== null
  const changed = !isSame(ranking, round.mine ?? [])
  return (
    <div class="send">
      <p class="actions">
        <button type="button" class="primary" disabled={busy || !changed} onClick={send}>
          {sent ? words.sendAgain : words.send}
        </button>
      </p>
      <p class={sent && !changed ? 'done' : 'hint'} role="status">
        {sent && (changed ? words.unsent : words.sent)}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}

/** What a model thinks one would say, and never in one's name. */
function Guess({ round, names, onUse }: { round: Round; names: Map<string, string>; onUse: (ranking: Ranking) => void }) {
  const { predicted_for_me: guess, predicted_because: because, mine } = round
  if (!guess || guess.length === 0 || mine) return null
  return (
    <section class="guess" aria-label={words.guess}>
      <p>
        <strong>{words.guess}:</strong>
      </p>
      <ol>
        {guess.map((tier) => (
          <li key={tier.join()}>{tier.map((id) => names.get(id)).join(', ')}</li>
        ))}
      </ol>
      {because && (
        <p dir="auto">
          <strong>{words.guessWhy}:</strong> {because}
        </p>
      )}
      <p class="hint">{words.guessHint}</p>
      <p class="actions">
        <button type="button" onClick={() => onUse(guess)}>
          {words.guessUse}
        </button>
      </p>
    </section>
  )
}

function Counts({ round }: { round: Round }) {
  const room = useRoom()
  const asked = room.session.value.participants.filter(({ role }) => role === 'participant').length
  const [problem, setProblem] = useState<string | null>(null)
  const close = async () => {
    setProblem(null)
    try {
      await room.voting.close(round.id)
    } catch (error) {
      setProblem(wordsFor(error))
      await room.voting.load().catch(() => {})
    }
  }
  return (
    <div class="counted">
      <p>
        <strong>{words.cast(round.cast, asked)}</strong> {round.predicted > 0 && <span class="hint">{words.predicted(round.predicted)}</span>}
      </p>
      {room.isFacilitator && (
        <p class="actions">
          <Confirm label={words.count} question={words.countSure} yes={words.countYes} no={words.cancel} onYes={close} />
        </p>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}
