/**
 * What a screen reader is told of what others do: one polite region, and what happens within a moment in one go.
 *
 * A room with twenty people would otherwise be talking all the time.
 */
import { type ReadonlySignal, signal } from '@preact/signals'

const MOMENT_MS = 1500

type Sentence = (items: string[]) => string

export class News {
  #said = signal('')
  #waiting = new Map<string, { say: Sentence; items: Set<string> }>()
  #timer: ReturnType<typeof setTimeout> | null = null

  get said(): ReadonlySignal<string> {
    return this.#said
  }

  /** Something of a kind happened. All of that kind becomes one sentence, made by the latest `say`. */
  tell(kind: string, say: Sentence, item = '') {
    const items = this.#waiting.get(kind)?.items ?? new Set()
    this.#waiting.set(kind, { say, items: items.add(item) })
    this.#timer ??= setTimeout(() => this.#speak(), MOMENT_MS)
  }

  #speak() {
    this.#timer = null
    this.#said.value = [...this.#waiting.values()].map(({ say, items }) => say([...items])).join(' ')
    this.#waiting.clear()
  }
}
