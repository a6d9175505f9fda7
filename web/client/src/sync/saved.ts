/**
 * Whether everything this browser wrote is on the server's disk.
 *
 * The server sends a mark back once all that was sent before it is kept. So "saved" is never a guess: it is the
 * return of the newest mark, sent after the newest edit, on a connection over which this browser has offered all
 * that the server lacked.
 */

export type SavedWord = 'connecting' | 'saving' | 'saved' | 'offline'

export class Saved {
  #edits = 0
  #kept = -1
  #open = false
  #offered = false
  #wasOpen = false

  /** Something was written here. Returns the mark to send, null when it has to wait for the connection. */
  edited(): number | null {
    this.#edits += 1
    return this.#offered ? this.#edits : null
  }

  opened() {
    this.#open = true
    this.#wasOpen = true
  }

  /** All the server lacked was sent, as the answer to its question. Returns the mark to send after it. */
  offered(): number {
    this.#offered = true
    // Marks of an earlier question say nothing about this answer.
    this.#edits += 1
    return this.#edits
  }

  returned(mark: number) {
    if (this.#offered && mark <= this.#edits) this.#kept = Math.max(this.#kept, mark)
  }

  closed() {
    this.#open = false
    this.#offered = false
  }

  /** The first attempt to connect failed. */
  failed() {
    this.#wasOpen = true
  }

  get word(): SavedWord {
    if (!this.#open) return this.#wasOpen ? 'offline' : 'connecting'
    if (this.#kept === this.#edits) return 'saved'
    return this.#kept < 0 ? 'connecting' : 'saving'
  }

  /** Whether something may exist only in this browser. */
  get pending(): boolean {
    return this.#kept !== this.#edits
  }
}
