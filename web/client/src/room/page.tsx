import type { Session } from '../types.ts'
export function RoomPage({ session }: { session: Session }) {
  return <p>{session.title}</p>
}
