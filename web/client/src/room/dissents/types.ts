/** A dissent note, as docs/api.md describes it. */
export interface Note {
  id: string
  text: string
  author: string | null
  named: boolean
  mine: boolean
  created_at: string
  updated_at: string
}
