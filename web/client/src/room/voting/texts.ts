/** The frozen texts of polls, fetched where they are shown. */
import { useEffect } from 'preact/hooks'
import { useRoom } from '../context.ts'
import type { FrozenText } from './types.ts'

export function useText(poll: string): FrozenText | undefined {
  const room = useRoom()
  const { voting } = room
  const text = voting.texts.value[poll]
  useEffect(() => {
    return text ? undefined : room.loads.keep(`text of ${poll}`, () => voting.loadText(poll))
  }, [room, poll, text])
  return text
}
