/** While something is on its way, and if it does not come. */
import { strings as words } from '../strings/sources.ts'
import type { Live } from './live.ts'
import { Trouble } from './trouble.tsx'

export function Loading<T>({ live }: { live: Live<T> }) {
  const { found, problem, load } = live
  if (problem.value) return <Trouble problem={problem.value} onAgain={load} />
  return found.value === null ? <p class="nothing">{words.loading}</p> : null
}
