/** A ranking being made: pure moves of candidates between places. Ties and gaps are allowed. */
import type { Ranking } from './types.ts'

/** Only these candidates, each once. */
export function normal(ranking: Ranking, candidates: readonly string[]): Ranking {
  const left = new Set(candidates)
  return ranking.map((tier) => tier.filter((id) => left.delete(id))).filter((tier) => tier.length > 0)
}

/** What is in no place yet, in the order given. */
export function unranked(ranking: Ranking, candidates: readonly string[]): string[] {
  const ranked = new Set(ranking.flat())
  return candidates.filter((id) => !ranked.has(id))
}

/** The index of the place a candidate has, -1 for none. */
export function placeOf(ranking: Ranking, id: string): number {
  return ranking.findIndex((tier) => tier.includes(id))
}

export function remove(ranking: Ranking, id: string): Ranking {
  return ranking.map((tier) => tier.filter((one) => one !== id)).filter((tier) => tier.length > 0)
}

/** Give a candidate a place of its own, before the place that is now at this index. */
export function insertAt(ranking: Ranking, id: string, at: number): Ranking {
  const here = placeOf(ranking, id)
  const vanishes = here >= 0 && ranking[here]!.length === 1
  const rest = remove(ranking, id)
  const to = vanishes && here < at ? at - 1 : at
  return [...rest.slice(0, to), [id], ...rest.slice(to)]
}

/** Put a candidate beside those of the place that is now at this index. */
export function tieWith(ranking: Ranking, id: string, at: number): Ranking {
  const beside = ranking[at]?.find((one) => one !== id)
  if (!beside) return ranking
  return remove(ranking, id).map((tier) => (tier.includes(beside) ? [...tier, id] : tier))
}

export function append(ranking: Ranking, id: string): Ranking {
  return insertAt(ranking, id, ranking.length)
}

/** One step towards the first: out of a tie, else past the place above; from nowhere to the last place. */
export function up(ranking: Ranking, id: string): Ranking {
  const at = placeOf(ranking, id)
  if (at < 0) return append(ranking, id)
  if (ranking[at]!.length > 1) return insertAt(ranking, id, at)
  return at === 0 ? ranking : insertAt(ranking, id, at - 1)
}

/** One step away from the first: out of a tie, else past the place below. */
export function down(ranking: Ranking, id: string): Ranking {
  const at = placeOf(ranking, id)
  if (at < 0) return ranking
  if (ranking[at]!.length > 1) return insertAt(ranking, id, at + 1)
  return at === ranking.length - 1 ? ranking : insertAt(ranking, id, at + 2)
}

/** The same place as the one above; out of a tie again, just behind it. */
export function level(ranking: Ranking, id: string): Ranking {
  const at = placeOf(ranking, id)
  if (at < 0) return ranking
  if (ranking[at]!.length > 1) return insertAt(ranking, id, at + 1)
  return at === 0 ? ranking : tieWith(ranking, id, at - 1)
}

export function isSame(a: Ranking, b: Ranking): boolean {
  const flat = (ranking: Ranking) => JSON.stringify(ranking.map((tier) => [...tier].sort()))
  return flat(a) === flat(b)
}

/**
 * The letters people call candidates by: the same for everybody, though each sees them in another order.
 * What has no change is the text as it stands and needs none.
 */
export function letters(candidates: readonly { id: string; style: string }[]): Map<string, string> {
  const ids = candidates
    .filter((one) => !isStatusQuo(one))
    .map(({ id }) => id)
    .sort()
  return new Map(ids.map((id, i) => [id, i < 26 ? String.fromCharCode(65 + i) : `${i + 1}`]))
}

export function isStatusQuo({ style }: { style: string }): boolean {
  return style === 'status quo'
}
