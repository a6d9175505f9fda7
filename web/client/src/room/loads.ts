/** What the page asks the server for, each thing by its name: at once for many who want it, and until it comes. */
import { mayPass } from '../api.ts'

/** Asks for something and keeps the answer. Throws what went wrong, so that it is asked for again if that may pass. */
export type Load = () => Promise<void>

/** How soon is asked for what many events tell of. */
const SOON_MS = 120

/** How soon something that did not come is asked for again; each time twice as late. */
const AGAIN_MS = 1000
const LATEST_AGAIN_MS = 30_000

export class Loads {
  #kept = new Map<string, Load>()
  #waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; soon: boolean }>()
  #begun = false

  /** Keep something loaded: from the first `all` on, and with each. Returns how to stop. */
  keep(what: string, load: Load): () => void {
    this.#kept.set(what, load)
    if (this.#begun) this.#ask(what, load)
    return () => {
      if (this.#kept.get(what) !== load) return
      this.#kept.delete(what)
      this.#stopWaiting(what)
    }
  }

  /** Ask for everything that is kept: what happens is told from now on, what happened before may have been missed. */
  all() {
    this.#begun = true
    for (const [what, load] of this.#kept) this.#ask(what, load)
  }

  /** Ask once, in a moment, for what many events tell of. */
  later(what: string, load: Load) {
    // Whoever asks is not put off by those who ask after it.
    if (!this.#waiting.get(what)?.soon) this.#askIn(SOON_MS, what, load)
  }

  /** Load again what is kept, if it is. */
  again(what: string) {
    const load = this.#kept.get(what)
    if (load) this.later(what, load)
  }

  /** Ask for nothing any more. */
  stop() {
    this.#begun = false
    this.#kept.clear()
    for (const what of this.#waiting.keys()) this.#stopWaiting(what)
  }

  #askIn(ms: number, what: string, load: Load, failures = 0) {
    this.#stopWaiting(what)
    const timer = setTimeout(() => this.#ask(what, load, failures), ms)
    this.#waiting.set(what, { timer, soon: failures === 0 })
  }

  async #ask(what: string, load: Load, failures = 0): Promise<void> {
    this.#stopWaiting(what)
    try {
      await load()
    } catch (error) {
      if (!mayPass(error)) return console.error(error)
      // Not what nobody keeps any more, and not if it is asked for anyway.
      if (!this.#kept.has(what) || this.#waiting.has(what)) return
      // Spread out, so that everybody does not come again at the same moment.
      const wait = Math.min(AGAIN_MS * 2 ** failures, LATEST_AGAIN_MS) * (0.5 + Math.random())
      this.#askIn(wait, what, load, failures + 1)
    }
  }

  #stopWaiting(what: string) {
    clearTimeout(this.#waiting.get(what)?.timer)
    this.#waiting.delete(what)
  }
}
