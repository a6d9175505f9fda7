/** The frozen texts of polls, fetched where they are shown. */
import { useEffect } from 'preact/hooks'
import { useRoom } from '../context.ts'
import type { FrozenText } from './types.ts'

export function useText(poll: string): FrozenText | undefined {
  const { voting } = useRoom()
  const text = voting.texts.value[poll]
  useEffect(() => {
    if (!text) voting.loadText(poll).catch((error) => console.error(error))
  }, [voting, poll, text])
  return text
}
