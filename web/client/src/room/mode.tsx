/** How what the bot says came about; beside everything it made. */
import { strings } from '../strings/room.ts'
import type { Mode } from '../types.ts'
import { useRoom } from './context.ts'

export function ModeLabel({ mode }: { mode?: Mode | undefined }) {
  const config = useRoom().config.value
  const shown = mode ?? config?.mode
  if (!shown) return null
  return (
    <p class={`mode mode-${shown}`}>
      {strings.modes[shown]}
      {shown === 'claude' && config?.model && <span class="model"> · {config.model}</span>}
    </p>
  )
}
