/** While something is on its way, and if it does not come. */
import { strings as words } from '../strings/sources.ts'
import type { Live } from './live.ts'

export function Loading<T>({ live }: { live: Live<T> }) {
  const { found, problem, load } = live
  if (problem.value)
    return (
      <div class="alert" role="alert">
        <p>{problem.value}</p>
        <p class="actions">
          <button type="button" onClick={load}>
            {words.again}
          </button>
        </p>
      </div>
    )
  return found.value === null ? <p class="nothing">{words.loading}</p> : null
}
