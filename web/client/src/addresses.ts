/** Addresses of our own pages. */

export function roomAddress(session: string, participant: string): string {
  return `/s/${encodeURIComponent(session)}?as=${encodeURIComponent(participant)}`
}
