/** My interview: where it is, and what waits for me in it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Room } from '../room.ts'
import type { Input, Quoting } from '../../types.ts'
import type { Interview, Verdict } from './types.ts'

export class InterviewStore {
  readonly current: Signal<Interview | null> = signal(null)
  /** Whether the conversation has the place for itself. */
  readonly shown = signal(false)
  /** What I have left undone: a question to answer, or points to confirm. */
  readonly waits: ReadonlySignal<'answer' | 'points' | null>
  #room: Room

  constructor(room: Room) {
    this.#room = room
    this.waits = computed(() => {
      const status = this.current.value?.status
      return status === 'asking' ? 'answer' : status === 'confirming' ? 'points' : null
    })
  }

  get #path(): string {
    return `${this.#room.base}/interview`
  }

  /** Go where it is, from anywhere in the room. */
  open() {
    this.shown.value = true
    this.#room.tab.value = 'inputs'
  }

  async load(): Promise<void> {
    if (this.#room.isObserver) return
    this.#see((await this.#room.api<{ interview: Interview | null }>('GET', this.#path)).interview)
  }

  /** Begin, or go on where it was. */
  async start(): Promise<void> {
    this.#see(await this.#room.api<Interview>('POST', this.#path))
  }

  async answer(turn: number, answer: string | null, enough = false): Promise<void> {
    this.#see(await this.#room.api<Interview>('POST', `${this.#path}/answers`, { turn, answer, enough }))
  }

  async judge(point: string, verdict: Verdict, wording?: string): Promise<void> {
    const body = wording === undefined ? { verdict } : { verdict, wording }
    this.#see(await this.#room.api<Interview>('PUT', `${this.#path}/points/${encodeURIComponent(point)}`, body))
  }

  async finish(quote: Quoting): Promise<void> {
    const { interview, inputs } = await this.#room.api<{ interview: Interview; inputs: Input[] }>(
      'POST',
      `${this.#path}/finish`,
      { quote },
    )
    this.#see(interview)
    const known = new Set(inputs.map(({ id }) => id))
    this.#room.inputs.value = [...inputs, ...this.#room.inputs.value.filter(({ id }) => !known.has(id))]
  }

  async remove(): Promise<void> {
    await this.#room.api('DELETE', this.#path)
    this.shown.value = false
    await this.load()
  }

  /** Answers come in any order when two devices are at it: an older one of the same conversation is passed over. */
  #see(found: Interview | null) {
    const known = this.current.peek()
    if (found && known?.id === found.id && progress(found) < progress(known)) return
    this.current.value = found
  }
}

const STATUS = { asking: 0, confirming: 1, done: 2 }

function progress({ status, turns, question }: Interview): number {
  return STATUS[status] * 1000 + turns.length * 2 + (question === null ? 1 : 0)
}
