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

/** How long a page waits to hear before it asks for things all the same. */
const DEAF_MS = 1000

/**
 * Listen until told to stop.
 *
 * `ask` is called whenever the stream begins, for the first time and after each break: what happened before is not
 * told, so everything has to be asked for, and not earlier, or what happens in between would be missed. Where the
 * stream is long in coming, it is called before as well.
 */
export function listen(url: string, handlers: Handlers, ask: () => void): () => void {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let failures = 0
  const deaf = setTimeout(ask, DEAF_MS)

  const again = () => {
    source?.close()
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
      clearTimeout(deaf)
      ask()
    }
    stream.onerror = again
    // The server dropped events because this page was too far behind.
    stream.addEventListener('reload', ask)
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
    clearTimeout(deaf)
    clearTimeout(timer)
    source?.close()
  }
}
