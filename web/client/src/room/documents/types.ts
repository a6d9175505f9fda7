/** What the server says about documents, as docs/api.md describes it. */
import type { Quoting } from '../../types.ts'

export type Visibility = 'private' | 'session'
export const VISIBILITIES: readonly Visibility[] = ['private', 'session']

export type Place =
  | { kind: 'page'; number: number; box?: [number, number, number, number] | null }
  | { kind: 'slide'; number: number; part?: 'body' | 'notes' }
  | { kind: 'row'; sheet?: string; number: number }
  | { kind: 'under'; headings?: string[] }
  | { kind: 'span'; start: number; end: number; speaker?: string | null }

export interface Note {
  what: string
  count: number
  where: (number | string)[]
}

export interface DocumentRow {
  id: string
  name: string
  size: number
  kind: string | null
  status: 'uploaded' | 'processing' | 'ready' | 'failed'
  percent: number
  reason: string | null
  message: string
  units: number
  notes: Note[]
  quote: Quoting
  visibility: Visibility
  model: string | null
  mine: boolean
  created_at: string
  updated_at: string
}

/** `text[start:end]` of a document's text. Offsets are characters, not UTF-16 units. */
export interface Block {
  kind: 'heading' | 'paragraph' | 'item' | 'row' | 'note'
  start: number
  end: number
  level: number
  place: Place
}

export interface TextPart {
  text: string
  start: number
  end: number
  of: number
  blocks: Block[]
}

export interface ContentsEntry {
  start: number
  level: number
  title: string
  place: Place
}

export interface Hit {
  document: { id: string; name: string }
  start: number
  end: number
  text: string
  headings: string[]
  places: Place[]
  found_by: ('words' | 'meaning')[]
  score: number
}

export interface Found {
  by: 'words' | 'words and meaning'
  model: string | null
  hits: Hit[]
}

/** The document behind a source: without an id it is not shown to you, without a name nobody is told its name. */
export interface SourceDocument {
  id: string | null
  name: string | null
  place: Place | null
}
