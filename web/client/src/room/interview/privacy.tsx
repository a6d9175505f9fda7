/** Where what one says in an interview goes. */
import { strings as words } from '../../strings/interview.ts'
import { useRoom } from '../context.ts'
import type { Room } from '../room.ts'
import type { Interview } from './types.ts'

/** Whom a model's questions would come from; null where no model is asked in this session. */
export function providerOf(room: Room): string | null {
  return room.session.value.external_ai ? (room.config.value?.provider ?? null) : null
}

export function Privacy({ mode }: { mode: Interview['mode'] }) {
  const provider = providerOf(useRoom())
  return (
    <p class="private">
      {words.private} {mode === 'claude' && provider ? words.model(provider) : words.fixed}
    </p>
  )
}
