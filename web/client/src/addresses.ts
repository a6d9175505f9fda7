/** Addresses of our own pages. */

/** Without a participant the server takes whoever the browser's owner is in that session. */
export function roomAddress(session: string, participant?: string): string {
  const room = `/s/${encodeURIComponent(session)}`
  return participant ? `${room}?as=${encodeURIComponent(participant)}` : room
}
