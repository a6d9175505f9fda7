/** One word on whether what was written here is safe, and what follows from it. */
import { useEffect, useRef } from 'preact/hooks'
import { strings } from '../strings/room.ts'
import { useRoom } from './context.ts'
import { Icon, type IconName } from './icons.tsx'

type Word = keyof typeof strings.saved

const icons: Record<Word, IconName> = {
  connecting: 'saving',
  saving: 'saving',
  saved: 'check',
  live: 'check',
  offline: 'offline',
  stopped: 'offline',
}

export function SavedWord() {
  const room = useRoom()
  const { word, ending } = room.connection
  const shown: Word = ending.value ? 'stopped' : word.value === 'saved' && room.isObserver ? 'live' : word.value
  const before = useRef<Word>('connecting')
  useEffect(() => {
    // Each key makes "saving" and "saved": only coming and going of the connection is worth being told.
    if (shown === 'offline' && before.current !== 'offline') room.news.tell('connection', strings.news.offline)
    if (before.current === 'offline' && shown !== 'offline' && shown !== 'connecting')
      room.news.tell('connection', strings.news.online)
    before.current = shown
  }, [shown, room])
  const hint = shown === 'offline' ? offlineWords(room.isObserver, room.connection.copied.value) : strings.savedHints[shown]
  return (
    <p class={`saved saved-${shown}`} title={hint}>
      <Icon name={icons[shown]} />
      <span>{strings.saved[shown]}</span>
    </p>
  )
}

function offlineWords(observer: boolean, copied: boolean): string {
  if (observer) return strings.offlineObserver
  return copied ? strings.offlineKept : strings.offlineUnkept
}

/** The same in a full sentence, where it cannot be overlooked. */
export function OfflineBar() {
  const room = useRoom()
  const { word, ending, copied, ready } = room.connection
  if (word.value !== 'offline' || ending.value || !ready.value) return null
  return <p class="bar bar-offline">{offlineWords(room.isObserver, copied.value)}</p>
}
