/** The time, for what is shown of deadlines. It goes on while somebody may look. */
import { signal } from '@preact/signals'

const TICK_MS = 15_000

export const clock = signal(Date.now())

const tick = () => {
  if (document.visibilityState === 'visible') clock.value = Date.now()
}
setInterval(tick, TICK_MS)
document.addEventListener('visibilitychange', tick)
