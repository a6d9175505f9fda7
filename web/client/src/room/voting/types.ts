/** What the server says of candidates and of deciding, as docs/api.md describes it. */
import type { Phase } from '../../types.ts'

export type RuleKind = 'unanimity' | 'no_objection' | 'k_of_n'
export const RULE_KINDS: readonly RuleKind[] = ['unanimity', 'no_objection', 'k_of_n']

export interface Rule {
  kind: RuleKind
  per: 'person' | 'delegation'
  approvals: number | null
  quorum: number
  minutes: number | null
  facilitators: boolean
}

export type Choice = 'approve' | 'object' | 'abstain'
export const CHOICES: readonly Choice[] = ['approve', 'object', 'abstain']

export type Outcome = 'agreed' | 'not_agreed' | 'void'

export interface Voter {
  id: string
  name: string
  delegation: string | null
  voted: boolean
  choice: Choice | null
}

export interface Poll {
  id: string
  number: number
  text_hash: string
  opened_at: string
  closes_at: string | null
  rule: Rule
  secret: boolean
  outcome: Outcome | null
  /** What was said is null as long as it is nobody's business. */
  voices: { of: number; cast: number; approve: number | null; object: number | null; abstain: number | null }
  may_vote: boolean
  mine: Choice | null
  voters: Voter[]
}

export interface Deliberation {
  phase: Phase
  rule: Rule
  secret: boolean
  /** Somebody has voted: the rule stays. */
  locked: boolean
  voters: number
  polls: Poll[]
}

export interface Span {
  text: string
  bold?: true
  italic?: true
  link?: string
}

export interface Block {
  kind: string
  level?: number
  spans: Span[]
}

export interface FrozenText {
  id: string
  text_hash: string
  blocks: Block[]
}

export interface CandidateSource {
  quote: string | null
  author: string | null
  document: { name?: string } | null
}

export interface CandidateChange {
  kind: string
  text: string
  base: string | null
  reason: string
  sources: CandidateSource[]
}

export interface Candidate {
  id: string
  author: string
  style: string
  text: string
  changes: CandidateChange[]
  taken_back: number
}

/** The best first, tied ones together; who is in none is tied behind all of them. */
export type Ranking = string[][]

export interface Result {
  winner: string
  order: string[]
  tiers: Ranking
  seed: string
  lots: number
  decided_by: 'humans' | 'humans_then_predicted'
  asked: number
  cast: number
  predicted: number
  humans_only: string | null
  predicted_only: string | null
  tau: number | null
}

export interface Round {
  id: string
  number: number
  open: boolean
  closes_at: string | null
  ended_at: string | null
  commitment: string
  secret: string | null
  result: Result | null
  candidates: Candidate[]
  cast: number
  predicted: number
  mine: Ranking | null
  predicted_for_me: Ranking | null
  predicted_because: string | null
}
