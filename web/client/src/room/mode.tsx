/** How what the bot says came about; beside everything it made. */
import { strings } from '../strings/room.ts'
import type { Mode } from '../types.ts'
import { useRoom } from './context.ts'

export function ModeLabel({ mode }: { mode?: Mode | undefined }) {
  const room = useRoom()
  const config = room.config.value
  const { external_ai: external } = room.session.value
  const shown = mode ?? (external ? config?.mode : 'extractive')
  if (!shown) return null
  return (
    <p class={`mode mode-${shown}`}>
      {shown === 'extractive' && !external ? strings.noExternal : strings.modes[shown]}
      {shown === 'claude' && config?.model && <span class="model"> · {config.model}</span>}
    </p>
  )
}
