/** What became of somebody's points, as the server tells them alone. */

export type Fate = 'in_text' | 'in_text_edited' | 'proposed' | 'disputed' | 'rejected' | 'not_used'

export interface Use {
  suggestion: string
  citation: string
  text: string
}

export interface Point {
  input: string
  start: number
  end: number
  text: string
  fate: Fate
  reason: string | null
  uses: Use[]
}
