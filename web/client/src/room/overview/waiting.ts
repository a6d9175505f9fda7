/** What waits for somebody: one function per kind of thing, the most urgent first. */
import { overview as words } from '../../strings/overview.ts'
import type { Phase, Role } from '../../types.ts'
import type { Tab } from '../room.ts'

export interface Facts {
  role: Role
  phase: Phase
  /** Somebody's own inputs. */
  inputs: number
  /** Everybody's. */
  allInputs: number
  people: number
  suggestions: number
  /** Open comments by others that nobody settled. */
  comments: number
  round: { candidates: number; ranked: boolean; cast: number; asked: number; closes_at: string | null } | null
  poll: { mayVote: boolean; voted: boolean; closes_at: string | null } | null
  ruleChosen: boolean
  botBusy: boolean
  ran: boolean
}

/** `by`: until when, where that is known. */
export interface Task {
  id: string
  tab: Tab
  text: string
  by?: string | null
}

type Find = (facts: Facts) => Task | false

const isEarly = (phase: Phase) => phase === 'gathering' || phase === 'drafting'

/** In the order of their urgency, deadlines aside. Another kind of thing is another line. */
const KINDS: Find[] = [
  ({ poll }) =>
    poll !== null && poll.mayVote && !poll.voted && { id: 'vote', tab: 'voting', text: words.vote, by: poll.closes_at },
  ({ role, round }) =>
    round !== null &&
    role === 'participant' &&
    !round.ranked && { id: 'rank', tab: 'voting', text: words.rank(round.candidates), by: round.closes_at },
  ({ role, phase, inputs }) =>
    role === 'participant' && inputs === 0 && phase !== 'deciding' && phase !== 'agreed' && { id: 'input', tab: 'inputs', text: words.input },
  ({ role, phase, suggestions }) =>
    role !== 'observer' &&
    suggestions > 0 &&
    phase !== 'deciding' &&
    phase !== 'agreed' && { id: 'suggestions', tab: 'suggestions', text: words.suggestions(suggestions) },
  ({ role, comments, phase }) =>
    role !== 'observer' && comments > 0 && phase !== 'agreed' && { id: 'comments', tab: 'comments', text: words.comments(comments) },
  ...facilitators([
    ({ people }) => people === 0 && { id: 'invite', tab: 'session', text: words.invite },
    ({ round }) =>
      round !== null && round.cast > 0 && round.cast >= round.asked && { id: 'count', tab: 'voting', text: words.count },
    ({ allInputs, ran, botBusy, phase }) =>
      allInputs > 0 && !ran && !botBusy && isEarly(phase) && { id: 'bot', tab: 'session', text: words.startBot },
    ({ phase, ruleChosen }) => phase === 'refining' && !ruleChosen && { id: 'rule', tab: 'voting', text: words.chooseRule },
    ({ phase, ruleChosen, suggestions, round }) =>
      phase === 'refining' && ruleChosen && suggestions === 0 && round === null && { id: 'decide', tab: 'voting', text: words.openPoll },
  ]),
]

function facilitators(some: Find[]): Find[] {
  return some.map((find) => (facts) => facts.role === 'facilitator' && find(facts))
}

export function waitingFor(facts: Facts): Task[] {
  const found = KINDS.map((find) => find(facts)).filter((one) => one !== false)
  const due = ({ by }: Task) => (by ? Date.parse(by) : Number.POSITIVE_INFINITY)
  return found.sort((a, b) => due(a) - due(b) || 0)
}
