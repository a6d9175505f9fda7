/** Somebody who wrote: letters and a colour of theirs, the same as everywhere in the room. */
import { initials } from '../../sync/presence.ts'
import { strings as words } from '../../strings/history.ts'
import { useRoom } from '../context.ts'
import type { Room } from '../room.ts'
import type { Writer } from './types.ts'

export function nameOf(writer: Writer): string {
  return writer.name ?? (writer.how === 'server' ? words.server : words.nobody)
}

export function tintFor(room: Room, { id }: Writer): string {
  return id ? room.tintOf(id) : ''
}

export function Who({ writer }: { writer: Writer }) {
  const room = useRoom()
  return (
    <span class={`face who ${tintFor(room, writer)}`} aria-hidden="true">
      {writer.name ? initials(writer.name) : '–'}
    </span>
  )
}
