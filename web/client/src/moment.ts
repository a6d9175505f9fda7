/** Times as people read them. */

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' })
const dayAndTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'full' })

/** Today by the clock, before that with the day. */
export function moment(time: string): string {
  const date = new Date(time)
  return (isToday(date) ? timeOfDay : dayAndTime).format(date)
}

export const clockOf = (time: string) => timeOfDay.format(new Date(time))

export const dayOf = (time: string) => day.format(new Date(time))

function isToday(date: Date): boolean {
  return date.toDateString() === new Date().toDateString()
}
