/** Until when people can vote or rank, in the head and in the overview. */
import { overview as words } from '../strings/overview.ts'
import { exact, fromNow } from '../strings/times.ts'
import { clock } from './clock.ts'
import { useRoom } from './context.ts'
import { narrow } from './narrow.ts'

/** A time, near and exact: the one is read, the other pointed at. */
export function When({ at, say }: { at: string; say: (when: string) => string }) {
  return (
    <time dateTime={at} title={exact(at)}>
      {say(Date.parse(at) > clock.value ? fromNow(at, clock.value) : words.overdue)}
    </time>
  )
}

export function Deadline() {
  const deadline = useRoom().voting.deadline.value
  if (!deadline) return null
  const { poll, round } = narrow.value ? words.headOnPhone : words.head
  return (
    <p class="deadline">
      <When at={deadline.at} say={deadline.of === 'poll' ? poll : round} />
    </p>
  )
}
