/** The session's event stream: what changed outside the document. Comes back by itself. */
import type { Critique, Participant, Run, Session, Suggestion } from '../types.ts'

export interface SessionEvents {
  session: Omit<Session, 'me' | 'participants'>
  participants: { participants: Participant[] }
  run: Run
  suggestion: Pick<Suggestion, 'id' | 'status'>
  critique: Pick<Critique, 'id'>
  inputs: { count: number; people: number }
  interview: Record<string, never>
  deliberation: { session: string }
  dissent: { id: string }
  document: { id: string; status: string }
  notice: { level: 'info' | 'warning' | 'error'; text: string }
}

type Handlers = { [name in keyof SessionEvents]: (data: SessionEvents[name]) => void }

const LONGEST_WAIT_MS = 30_000

/**
 * Listen until told to stop.
 *
 * `missed` is called whenever the stream comes back after a break: events in between are lost, so everything has
 * to be asked for again.
 */
export function listen(url: string, handlers: Handlers, missed: () => void): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  let broken = false

  const again = () => {
    source?.close()
    broken = true
    // Spread out, so that a restarted server is not met by everybody at once.
    const wait = Math.min(1000 * 2 ** failures++, LONGEST_WAIT_MS) * (0.5 + Math.random())
    clearTimeout(timer)
    timer = setTimeout(start, wait)
  }

  const start = () => {
    const stream = new EventSource(url)
    source = stream
    stream.onopen = () => {
      failures = 0
      if (broken) missed()
      broken = false
    }
    stream.onerror = again
    // The server dropped events because this page was too far behind.
    stream.addEventListener('reload', missed)
    stream.addEventListener('closing', again)
    for (const [name, handle] of Object.entries(handlers))
      stream.addEventListener(name, ({ data }) => {
        try {
          handle(JSON.parse(data))
        } catch (error) {
          console.error(`event ${name}`, error)
        }
      })
  }

  start()
  return () => {
    clearTimeout(timer)
    source?.close()
  }
}
