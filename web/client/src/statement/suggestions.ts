/**
 * Suggestions as the page shows them: the server's rows, and from the shared map what rows do not hold - where
 * they belong in the text, and words that are still being written.
 *
 * Anybody who may write can write anything into the map. So every field is checked, an entry without a row is
 * shown as unverified, and what a row says always wins.
 */
import * as Y from 'yjs'
import type { Source, Suggestion, SuggestionStatus } from '../types.ts'
import { STATEMENT } from './binding.ts'
import { indexOf } from './positions.ts'

/** An entry of the map, as far as it can be believed. */
export interface Entry {
  author: string
  status: string
  replaces: boolean
  base: string
  text: string
  reason: string
  start: unknown
  end: unknown
  created: string
}

export interface Shown {
  id: string
  verified: boolean
  status: SuggestionStatus
  replaces: boolean
  /** Whether it begins a paragraph of its own. */
  apart: boolean
  author: string
  base: string
  text: string
  reason: string
  sources: Source[]
  unquoted: number
  start: unknown
  end: unknown
  edited: boolean
  decidedBy: string | null
}

/** A comment as the map shows it. What counts is the server's list of critiques. */
export interface CommentEntry {
  author: string
  text: string
  quote: string
}

/** What a hostile entry could otherwise fill the page with. Server rows are not cut. */
const LONGEST_TEXT = 8000
const MOST_UNVERIFIED = 50

function words(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, LONGEST_TEXT)
  return value instanceof Y.Text ? value.toString().slice(0, LONGEST_TEXT) : ''
}

export function readEntry(value: unknown): Entry | null {
  if (!(value instanceof Y.Map)) return null
  const text = words(value.get('text'))
  const base = words(value.get('base'))
  return {
    author: words(value.get('author')).slice(0, 80),
    status: words(value.get('status')),
    replaces: base.length > 0,
    base,
    text,
    reason: words(value.get('reason')),
    start: value.get('start'),
    end: value.get('end'),
    created: words(value.get('created_at')).slice(0, 40),
  }
}

export function readComment(value: unknown): CommentEntry | null {
  if (!(value instanceof Y.Map) || value.get('resolved') === true) return null
  const text = words(value.get('text'))
  return text ? { text, author: words(value.get('author')).slice(0, 80), quote: words(value.get('quote')) } : null
}

/** Every entry that makes sense. One that does not must not hide the others. */
export function readAll<T>(map: Y.Map<unknown>, read: (value: unknown) => T | null): Map<string, T> {
  const entries = new Map<string, T>()
  for (const [id, value] of map.entries()) {
    try {
      const entry = read(value)
      if (entry) entries.set(id, entry)
    } catch (error) {
      console.error('shared entry', error)
    }
  }
  return entries
}

function fromRow(row: Suggestion, entry: Entry | undefined): Shown {
  // Only while it is being written is the map ahead of the row.
  const drafting = row.status === 'drafting'
  return {
    id: row.id,
    verified: true,
    status: row.status,
    replaces: row.base.length > 0,
    apart: row.kind === 'paragraph' || row.kind === 'insert',
    author: row.author,
    base: row.base,
    text: drafting && entry && entry.text.length > row.text.length ? entry.text : (row.decided_text ?? row.text),
    reason: row.reason ?? '',
    sources: row.sources,
    unquoted: row.unquoted,
    start: row.start ?? entry?.start,
    end: row.end ?? entry?.end,
    edited: row.edited,
    decidedBy: row.decided_by?.name ?? null,
  }
}

function unverified(id: string, entry: Entry): Shown {
  return {
    ...entry,
    id,
    verified: false,
    status: entry.status === 'drafting' ? 'drafting' : 'open',
    apart: false,
    sources: [],
    unquoted: 0,
    edited: false,
    decidedBy: null,
  }
}

const DECIDED = new Set(['accepted', 'rejected', 'stale', 'withdrawn'])

export function showAll(rows: Suggestion[], entries: Map<string, Entry>): Shown[] {
  const known = new Set(rows.map(({ id }) => id))
  const strangers = [...entries]
    .filter(([id, { status }]) => !known.has(id) && !DECIDED.has(status))
    .slice(0, MOST_UNVERIFIED)
  return [
    ...rows.map((row) => fromRow(row, entries.get(row.id))),
    ...strangers.map(([id, entry]) => unverified(id, entry)),
  ]
}

export const isDecided = ({ status }: Shown) => DECIDED.has(status)

type Anchored = Pick<Shown, 'start' | 'end' | 'base'>

export interface Place {
  from: number
  to: number
  /** Whether the words it was made for still stand there. */
  intact: boolean
}

/** Where a suggestion belongs now, in units of the text; null when that place is gone. `characters` is the text. */
export function placeOf(text: Y.Text, characters: string, { start, end, base }: Anchored): Place | null {
  const from = indexOf(text, STATEMENT, start)
  const to = indexOf(text, STATEMENT, end)
  if (from === null || to === null) return null
  if (base === '') return { from: Math.min(from, to), to: Math.min(from, to), intact: true }
  // All of what it wanted to replace was deleted.
  if (from >= to) return null
  return { from, to, intact: characters.slice(from, to) === base }
}
