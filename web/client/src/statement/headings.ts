/** The headings of the statement, and what stands under each. */
import type { Run } from './delta.ts'

export interface Heading {
  /** The index of its first character. */
  at: number
  text: string
}

const LONGEST = 80

export function headingsIn(runs: Run[]): Heading[] {
  const found: Heading[] = []
  let at = 0
  let start = 0
  let line = ''
  for (const run of runs) {
    const text = 'text' in run ? run.text : '\ufffc'
    for (const part of text.split(/(?<=\n)/)) {
      at += part.length
      if (!part.endsWith('\n')) {
        line += part
        continue
      }
      const words = (line + part.slice(0, -1)).trim()
      if (run.attributes?.header && words) found.push({ at: start, text: shortened(words) })
      start = at
      line = ''
    }
  }
  return found
}

export interface Group<T> {
  /** Null for what stands before the first heading. */
  heading: Heading | null
  some: T[]
}

/** Things in the order of their places, under the headings they belong to. */
export function underHeadings<T>(some: T[], placeOf: (one: T) => number, headings: Heading[]): Group<T>[] {
  const groups: Group<T>[] = []
  for (const one of some) {
    const at = placeOf(one)
    const heading = headings.findLast((heading) => heading.at <= at) ?? null
    const last = groups.at(-1)
    if (last && last.heading === heading) last.some.push(one)
    else groups.push({ heading, some: [one] })
  }
  return groups
}

function shortened(words: string): string {
  return words.length > LONGEST ? `${words.slice(0, LONGEST - 1)}…` : words
}
