/** Whether the screen is a phone's. The style sheet changes at the same width. */
import { signal } from '@preact/signals'

const query = matchMedia('(max-width: 720px)')

export const narrow = signal(query.matches)

query.addEventListener('change', () => {
  narrow.value = query.matches
})
