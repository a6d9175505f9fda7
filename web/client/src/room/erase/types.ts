/** What the server says of erasures, as docs/api.md describes it. */
import type { Input } from '../../types.ts'

export type Kind = 'input' | 'document'

export interface Erasure {
  id: string
  kind: Kind
  status: 'erasing' | 'rewriting' | 'done'
  asked_at: string
  done_at: string | null
  found: { in_statement?: number }
}

export interface Erasures {
  erasures: Erasure[]
  withdrawn: Input[]
}
