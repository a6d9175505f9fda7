/** Something the server says: loaded while it is shown, and again when it may have changed. */
import { type Signal, useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { paced } from '../paced.ts'
import type { SessionEvents } from '../sync/events.ts'
import { useRoom } from './context.ts'

/** Somebody types all the time; nobody reads figures faster than this. */
const TEXT_MS = 4000

export interface Live<T> {
  found: Signal<T | null>
  problem: Signal<string | null>
  load: () => Promise<void>
}

/** The name under which the room keeps what is at a path. */
export const kept = (path: string) => `live:${path}`

/** Keeps what `path` of the session answers, as long as the component is there. */
export function useLoaded<T>(path: string, events: readonly (keyof SessionEvents)[]): Live<T> {
  const room = useRoom()
  const found = useSignal<T | null>(null)
  const problem = useSignal<string | null>(null)
  const ask = async () => {
    try {
      found.value = await room.api<T>('GET', `${room.base}${path}`)
      problem.value = null
    } catch (error) {
      problem.value = wordsFor(error)
      throw error
    }
  }
  // What went wrong is shown.
  const load = () => ask().catch(() => undefined)
  useEffect(() => {
    const what = kept(path)
    const stops = [room.loads.keep(what, ask), ...events.map((name) => room.on(name, () => room.loads.later(what, ask)))]
    return () => {
      for (const stop of stops) stop()
    }
  }, [room, path])
  return { found, problem, load }
}

/** The same for what hangs on the text as well. */
export function useLive<T>(path: string, events: readonly (keyof SessionEvents)[]): Live<T> {
  const room = useRoom()
  const live = useLoaded<T>(path, events)
  useEffect(() => {
    const { text } = room.connection
    const pace = paced(() => void live.load(), TEXT_MS)
    text.observe(pace.soon)
    return () => {
      text.unobserve(pace.soon)
      pace.stop()
    }
  }, [room, path])
  return live
}
