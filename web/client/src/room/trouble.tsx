/** Something did not come: what is wrong, and another try. */
import { strings } from '../strings/room.ts'

export function Trouble({ problem, onAgain }: { problem: string; onAgain: () => void }) {
  return (
    <div class="alert" role="alert">
      <p>{problem}</p>
      <p class="actions">
        <button type="button" onClick={onAgain}>
          {strings.again}
        </button>
      </p>
    </div>
  )
}
