/** Which parts of a text are words that were looked for. */

/** Start and end in UTF-16 units. */
export type Range = [from: number, to: number]

const WORD = /[\p{L}\p{N}\p{M}_]+/gu

/** Scripts that put no space between words: there a word may be any part of a run of letters. */
const UNSPACED = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Han}\p{sc=Hangul}]/u

const fold = (word: string) => word.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

export function wordsOf(query: string): string[] {
  return [...new Set(query.match(WORD) ?? [])]
}

/** Every place of a text where a word of the query stands, as a whole word, whatever its accents and case. */
export function marksIn(text: string, query: string): Range[] {
  const wanted = wordsOf(query)
  const folded = new Set(wanted.map(fold))
  const inside = wanted.filter((word) => UNSPACED.test(word))
  const found: Range[] = []
  for (const { 0: word, index } of text.matchAll(WORD)) {
    if (folded.has(fold(word))) found.push([index, index + word.length])
    else for (const part of inside) found.push(...occurrences(word, part, index))
  }
  return merged(found)
}

function occurrences(text: string, part: string, offset: number): Range[] {
  const found: Range[] = []
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length))
    found.push([offset + at, offset + at + part.length])
  return found
}

function merged(ranges: Range[]): Range[] {
  const sorted = ranges.sort(([a], [b]) => a - b)
  return sorted.reduce<Range[]>((all, [from, to]) => {
    const last = all.at(-1)
    if (last && from <= last[1]) last[1] = Math.max(last[1], to)
    else all.push([from, to])
    return all
  }, [])
}

export interface Piece {
  text: string
  marked: boolean
}

/** A text cut at its marks. */
export function cutAt(text: string, ranges: Range[]): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const [from, to] of ranges) {
    pieces.push({ text: text.slice(at, from), marked: false }, { text: text.slice(from, to), marked: true })
    at = to
  }
  return [...pieces, { text: text.slice(at), marked: false }].filter((piece) => piece.text)
}

const EXCERPT = 280
const BEFORE = 70

/** The part of a passage around its first mark, cut between words. */
export function excerptOf(passage: string, query: string): string {
  const text = passage.replace(/\s+/g, ' ')
  if (text.length <= EXCERPT) return text
  const first = marksIn(text, query)[0]?.[0] ?? 0
  const from = first <= BEFORE ? 0 : wordStart(text, first - BEFORE)
  const to = Math.min(from + EXCERPT, text.length)
  const end = to === text.length ? to : wordEnd(text, to)
  return `${from > 0 ? '… ' : ''}${text.slice(from, end)}${end < text.length ? ' …' : ''}`
}

function wordStart(text: string, at: number): number {
  const space = text.slice(at, at + 40).search(/\s/)
  return whole(text, space < 0 ? at : at + space + 1)
}

function wordEnd(text: string, at: number): number {
  const space = text.slice(at - 40, at).search(/\s\S*$/)
  return whole(text, space < 0 ? at : at - 40 + space)
}

/** Never in the middle of a pair of surrogates. */
function whole(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at
}
