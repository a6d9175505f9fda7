/** Versions under the day they were finished on, as a calendar here has it. */
import type { Version } from './types.ts'

export interface Day {
  /** Any moment of it. */
  at: string
  versions: Version[]
}

export function daysOf(versions: Version[]): Day[] {
  const days: Day[] = []
  for (const version of versions) {
    const last = days.at(-1)
    if (last && sameDay(last.at, version.ended)) last.versions.push(version)
    else days.push({ at: version.ended, versions: [version] })
  }
  return days
}

export function sameDay(one: string, other: string): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString()
}

/** The newest versions first, each once: what was loaded before stays behind what is new. */
export function joined(newer: Version[], older: Version[]): Version[] {
  const last = newer.at(-1)?.version ?? Number.POSITIVE_INFINITY
  return [...newer, ...older.filter(({ version }) => version < last)]
}
