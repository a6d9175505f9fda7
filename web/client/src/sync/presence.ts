/** Who is here, from awareness states that anybody's program may have written. */
import type { Awareness } from 'y-protocols/awareness'

export interface Person {
  id: string
  name: string
  role: string
  /** What the bot is doing. */
  doing: Doing | null
}

export interface Doing {
  activity: 'reading' | 'drafting'
  sentence: number
}

/** As many as the style sheet has; colour alone never tells people apart. */
const TINTS = 8

const LONGEST_NAME = 80

const words = (value: unknown) => (typeof value === 'string' && value.trim() ? value.trim().slice(0, LONGEST_NAME) : null)

/** The person of an awareness state, null if it does not say. The server writes `user` from who they are. */
export function personOf(state: Record<string, unknown>): Person | null {
  const { user } = state
  if (typeof user !== 'object' || user === null) return null
  const { id, name, role } = user as Record<string, unknown>
  const shown = words(name)
  if (!shown) return null
  return { id: words(id) ?? shown, name: shown, role: words(role) ?? 'participant', doing: doingOf(state.bot) }
}

function doingOf(bot: unknown): Doing | null {
  if (typeof bot !== 'object' || bot === null) return null
  const { activity, sentence } = bot as Record<string, unknown>
  if (activity !== 'reading' && activity !== 'drafting') return null
  return { activity, sentence: Number.isSafeInteger(sentence) ? Number(sentence) : 0 }
}

/** Everybody who is here, each person once, the bot last. */
export function everybody(awareness: Awareness): Person[] {
  const people = new Map<string, Person>()
  for (const state of awareness.getStates().values()) {
    const person = personOf(state)
    if (person && !people.has(person.id)) people.set(person.id, person)
  }
  return [...people.values()].sort((a, b) => Number(a.role === 'bot') - Number(b.role === 'bot'))
}

/**
 * A class of the style sheet: for who joined by their turn, so that the first eight differ; for guests by their id.
 */
export function tintOf(id: string, joined: { id: string }[]): string {
  const turn = joined.findIndex((person) => person.id === id)
  if (turn >= 0) return `tint-${turn % TINTS}`
  let hash = 7
  for (let i = 0; i < id.length; i++) hash = (hash * 31 + id.charCodeAt(i)) >>> 0
  return `tint-${hash % TINTS}`
}

/** One or two letters for an avatar. Whole characters as people see them, so no accent or flag is torn. */
export function initials(name: string): string {
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  const first = (word: string) => [...segmenter.segment(word)][0]?.segment ?? ''
  const parts = name.split(/\s+/).filter(Boolean)
  const last = parts.length > 1 ? parts.at(-1)! : ''
  return (first(parts[0] ?? '?') + first(last)).toLocaleUpperCase()
}
