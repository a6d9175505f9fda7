/**
 * What is new since the last visit. The server keeps how far somebody has seen, so that it is so on all devices; this
 * page tells it that somebody looks, as long as somebody does.
 */
import { signal } from '@preact/signals'
import { type Api, apiAs } from '../../api.ts'
import type { Phase } from '../../types.ts'
import type { Room } from '../room.ts'
import type { Outcome } from '../voting/types.ts'

/** A fifth of the pause that ends a visit. */
const SIGN_MS = 120_000

export type NewsKind =
  | 'poll_opened'
  | 'poll_closed'
  | 'round_opened'
  | 'round_closed'
  | 'moved'
  | 'rule'
  | 'corrected'
  | 'suggested'
  | 'accepted'
  | 'rejected'
  | 'comments'
  | 'resolved'
  | 'notes'
  | 'documents'
  | 'inputs'
  | 'joined'

export interface NewsItem {
  kind: NewsKind
  at: string
  count: number
  people: string[]
  number: number | null
  outcome: Outcome | null
  phase: Phase | null
}

export interface SinceLast {
  /** When the last visit ended; null in the first. */
  since: string | null
  mark: number
  news: NewsItem[]
}

export class Visits {
  readonly since = signal<SinceLast | null>(null)
  #room: Room
  /** Its own, because to look is no change after which what others read is read again. */
  #api: Api

  constructor(room: Room) {
    this.#room = room
    this.#api = apiAs(room.session.peek().me.participant)
  }

  /** Returns how to leave. */
  enter(): () => void {
    const room = this.#room
    const look = () => room.loads.later('news', () => this.#ask('GET', 'news'))
    const sign = () => {
      if (document.visibilityState === 'visible') this.#sign().catch((error) => console.error(error))
    }
    const onVisible = () => (document.visibilityState === 'visible' ? sign() : this.#leave())
    const timer = setInterval(sign, SIGN_MS)
    document.addEventListener('visibilitychange', onVisible)
    const stops = [
      room.loads.keep('news', () =>
        document.visibilityState === 'visible' ? this.#sign() : this.#ask('GET', 'news'),
      ),
      ...(['deliberation', 'session', 'suggestion', 'run', 'inputs', 'dissent', 'document', 'critique', 'participants'] as const).map(
        (event) => room.on(event, look),
      ),
    ]
    return () => {
      clearInterval(timer)
      document.removeEventListener('visibilitychange', onVisible)
      for (const stop of stops) stop()
    }
  }

  /** Take what is shown as read, on all devices. */
  async putAway(): Promise<void> {
    const { mark } = this.since.peek()!
    await this.#ask('POST', 'visits', { read: mark })
  }

  #sign(): Promise<void> {
    return this.#ask('POST', 'visits', {})
  }

  /** The last sign of a page that goes away: it cannot wait for the answer. */
  #leave() {
    const { participant } = this.#room.session.peek().me
    fetch(`/api${this.#room.base}/visits`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accord-as': participant },
      body: '{}',
      keepalive: true,
    }).catch(() => {})
  }

  async #ask(method: 'GET' | 'POST', what: string, body?: object): Promise<void> {
    this.since.value = await this.#api<SinceLast>(method, `${this.#room.base}/${what}`, body)
  }
}
