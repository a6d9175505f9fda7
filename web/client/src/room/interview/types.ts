/** An interview as the server says it, docs/api.md. */
export type Verdict = 'open' | 'confirmed' | 'corrected' | 'dropped'

export interface Turn {
  question: string
  by: 'claude' | 'fixed'
  answer: string | null
  skipped: boolean
}

export interface Point {
  id: string
  text: string
  quote: string
  /** Whether it is their own words as they are. */
  own: boolean
  asked: string
  verdict: Verdict
  wording: string | null
}

export interface Interview {
  id: string
  status: 'asking' | 'confirming' | 'done'
  mode: 'claude' | 'fixed'
  turns: Turn[]
  /** The number of the open question. */
  question: number | null
  most: number
  waiting: boolean
  points: Point[]
  left_out: number
  note: string
  made: string[]
}
