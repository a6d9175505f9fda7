/** Where a statement comes from, as the server counts it (docs/api.md, “Where it comes from”). */

export type Standing = 'sourced' | 'edited' | 'broken' | 'unsourced'

export type DocumentPlace =
  | { kind: 'page'; number: number }
  | { kind: 'slide'; number: number }
  | { kind: 'row'; sheet: string; number: number }
  | { kind: 'under'; headings: string[] }
  | { kind: 'span'; start: number }

export interface CitedSource {
  citation: string
  quote: string | null
  author: string | null
  document: { id: string | null; name: string | null; place: DocumentPlace | null } | null
}

export interface Sentence {
  text: string
  standing: Standing
  suggestion: string | null
  numbers: string[]
  sources: CitedSource[]
}

export interface Measures {
  groundedness: number | null
  coverage: number | null
  weakest: number | null
  mine: number | null
  inputs: number
  uncited: number
  uncited_inputs: string[] | null
  sentences: Sentence[]
  anonymity: { among: number; people: number; warning: string | null }
}
