/** The text of one document, loaded piece by piece around the place that is looked at. */
import { batch, signal } from '@preact/signals'
import type { Api } from '../../api.ts'
import type { Block, ContentsEntry, TextPart } from './types.ts'

/** Some ten pages: enough to read on, little enough to come at once over a bad line. */
const PIECE = 20_000

/** What is loaded before the place that was asked for, so that it does not stand at the very top. */
const BEFORE = 4000

/** A block with its words; of one at the edge of what is loaded only a part, from `from` on. */
export interface ShownBlock extends Block {
  text: string
  from: number
}

export class Reading {
  readonly blocks = signal<ShownBlock[]>([])
  readonly from = signal(0)
  readonly to = signal(0)
  /** How long the whole text is; null before anything came. */
  readonly of = signal<number | null>(null)
  readonly contents = signal<ContentsEntry[]>([])
  readonly busy = signal(false)
  readonly problem = signal<unknown>(null)
  #api: Api
  #path: string
  /** One string for each character: the server counts characters, not UTF-16 units. */
  #characters: string[] = []
  #known = new Map<number, Block>()

  constructor(api: Api, path: string) {
    this.#api = api
    this.#path = path
  }

  /** Load around a place; what was loaded elsewhere goes. */
  async openAt(at: number) {
    if (this.of.peek() !== null && at >= this.from.peek() && at < this.to.peek()) return
    const start = Math.max(at - BEFORE, 0)
    await this.#busily(async () => {
      const part = await this.#get(start, start + PIECE)
      this.#characters = []
      this.#known.clear()
      this.#take(part, part.start, part.end)
    })
  }

  async earlier() {
    const { value: from } = this.from
    if (from === 0) return
    await this.#busily(async () => {
      const part = await this.#get(Math.max(from - PIECE, 0), from)
      this.#take(part, part.start, this.to.peek(), 'before')
    })
  }

  async later() {
    const { value: to } = this.to
    if (to >= (this.of.peek() ?? 0)) return
    await this.#busily(async () => {
      const part = await this.#get(to, to + PIECE)
      this.#take(part, this.from.peek(), part.end)
    })
  }

  async loadContents() {
    const { contents } = await this.#api<{ contents: ContentsEntry[] }>('GET', `${this.#path}/contents`)
    this.contents.value = contents
  }

  /** Where the words of a citation stand. */
  locate(place: unknown, quote: string): Promise<{ start: number; end: number }> {
    const query = new URLSearchParams(quote ? { quote } : {})
    if (place) query.set('place', JSON.stringify(place))
    return this.#api('GET', `${this.#path}/passage?${query}`)
  }

  #get(start: number, end: number): Promise<TextPart> {
    return this.#api<TextPart>('GET', `${this.#path}/text?start=${start}&end=${end}`)
  }

  #take(part: TextPart, from: number, to: number, where: 'before' | 'after' = 'after') {
    const characters = Array.from(part.text)
    this.#characters = where === 'before' ? characters.concat(this.#characters) : this.#characters.concat(characters)
    for (const block of part.blocks) this.#known.set(block.start, block)
    batch(() => {
      this.from.value = from
      this.to.value = to
      this.of.value = part.of
      this.blocks.value = [...this.#known.values()].sort((a, b) => a.start - b.start).map((block) => this.#shown(block, from, to))
    })
  }

  #shown(block: Block, from: number, to: number): ShownBlock {
    const start = Math.max(block.start, from)
    const text = this.#characters.slice(start - from, Math.min(block.end, to) - from).join('')
    return { ...block, from: start, text }
  }

  async #busily(load: () => Promise<void>) {
    if (this.busy.peek()) return
    this.busy.value = true
    try {
      await load()
      this.problem.value = null
    } catch (error) {
      this.problem.value = error
    }
    this.busy.value = false
  }
}
