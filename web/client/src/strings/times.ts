/** Times as people say them. */

const STEPS: [seconds: number, unit: Intl.RelativeTimeFormatUnit][] = [
  [86_400 * 2, 'day'],
  [3600 * 2, 'hour'],
  [60, 'minute'],
]

const SECONDS = { day: 86_400, hour: 3600, minute: 60 } as Record<string, number>

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always' })

/** How far away a time is: “in 2 hours”, “5 minutes ago”. Never longer than it is: a deadline is not rounded up. */
export function fromNow(at: string, now: number): string {
  const seconds = (Date.parse(at) - now) / 1000
  const [, unit] = STEPS.find(([from]) => Math.abs(seconds) >= from) ?? [0, null]
  if (!unit) return seconds > 0 ? 'in less than a minute' : 'just now'
  return relative.format(Math.trunc(seconds / SECONDS[unit]!), unit)
}

const exactly = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** The time itself, where the reader is. */
export function exact(at: string): string {
  return exactly.format(new Date(at))
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })

/** The time itself, without the day where that is today. */
export function short(at: string, now: number): string {
  const today = new Date(at).toDateString() === new Date(now).toDateString()
  return today ? timeOfDay.format(new Date(at)) : exact(at)
}
