/** Candidates and decisions of a room: what the server says of them, kept up to date while one is in it. */
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import type { Phase } from '../../types.ts'
import type { Room } from '../room.ts'
import type { Choice, Deliberation, FrozenText, Poll, Ranking, Round, Rule } from './types.ts'

export interface Deadline {
  of: 'poll' | 'round'
  at: string
}

const FROZEN: readonly Phase[] = ['deciding', 'agreed']

export class Voting {
  readonly deliberation = signal<Deliberation | null>(null)
  readonly rounds = signal<Round[] | null>(null)
  /** The frozen texts that were asked for, by poll. */
  readonly texts = signal<Record<string, FrozenText>>({})
  readonly poll: ReadonlySignal<Poll | null>
  readonly round: ReadonlySignal<Round | null>
  readonly deadline: ReadonlySignal<Deadline | null>
  /** Whether nobody may change the statement. */
  readonly frozen: ReadonlySignal<boolean>
  #room: Room

  constructor(room: Room) {
    this.#room = room
    this.poll = computed(() => this.deliberation.value?.polls.find(({ outcome }) => outcome === null) ?? null)
    this.round = computed(() => this.rounds.value?.find(({ open }) => open) ?? null)
    this.deadline = computed(() => {
      const { poll, round } = this
      if (poll.value?.closes_at) return { of: 'poll', at: poll.value.closes_at }
      return round.value?.closes_at ? { of: 'round', at: round.value.closes_at } : null
    })
    this.frozen = computed(() => FROZEN.includes(room.session.value.phase))
  }

  /** Returns how to leave. */
  enter(): () => void {
    const room = this.#room
    const stops = [
      room.loads.keep('deliberation', () => this.load()),
      room.on('deliberation', () => room.loads.later('deliberation', () => this.load())),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  async load(): Promise<void> {
    const { api, base } = this.#room
    // Each is kept as it comes: one that waited for the other could be older than the answer to a vote by then.
    await Promise.all([
      api<Deliberation>('GET', `${base}/deliberation`).then((found) => {
        this.deliberation.value = found
      }),
      api<{ rounds: Round[] }>('GET', `${base}/rounds`).then(({ rounds }) => {
        this.rounds.value = rounds
      }),
    ])
  }

  /** Get the text of a poll, as it was frozen. */
  async loadText(poll: string): Promise<void> {
    const { api, base } = this.#room
    const text = await api<FrozenText>('GET', `${base}/polls/${encodeURIComponent(poll)}`)
    this.texts.value = { ...this.texts.value, [poll]: text }
  }

  /** Vote on a text one has before oneself. */
  async vote(text: FrozenText, choice: Choice): Promise<void> {
    const path = `${this.#room.base}/polls/${encodeURIComponent(text.id)}/ballots`
    this.deliberation.value = await this.#room.api('POST', path, { choice, text_hash: text.text_hash })
  }

  async rank(round: string, ranking: Ranking): Promise<void> {
    await this.#rounds(`${encodeURIComponent(round)}/rankings`, { ranking })
  }

  async close(round: string): Promise<void> {
    await this.#rounds(`${encodeURIComponent(round)}/close`)
  }

  async setRule(rule: Rule & { secret: boolean }): Promise<void> {
    this.deliberation.value = await this.#room.api('PUT', `${this.#room.base}/rule`, rule)
  }

  async #rounds(path: string, body?: object): Promise<void> {
    const { rounds } = await this.#room.api<{ rounds: Round[] }>('POST', `${this.#room.base}/rounds/${path}`, body)
    this.rounds.value = rounds
  }
}
