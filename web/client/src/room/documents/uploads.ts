/** The files on their way: a few at a time, by themselves again when the line is back, remembered over a reload. */
import { signal } from '@preact/signals'
import { allRemembered, isHeld } from './remembered.ts'
import { type Line, Sending, type Wishes } from './sending.ts'

/** More at once make none of them faster. */
const AT_ONCE = 2

export class Uploads {
  readonly list = signal<Sending[]>([])
  #line: Line
  #onArrived: () => void

  constructor(line: Line, onArrived: () => void) {
    this.#line = line
    this.#onArrived = onArrived
  }

  /** Look for what was interrupted before. Returns how to stop listening for the line. */
  open(): () => void {
    const hurry = () => {
      for (const one of this.list.peek()) one.hurry().catch((error) => console.error(error))
    }
    addEventListener('online', hurry)
    this.#remembered().catch((error) => console.error(error))
    return () => removeEventListener('online', hurry)
  }

  /** Send files; one whose upload was interrupted goes on. */
  async give(files: File[], wishes: Wishes) {
    for (const file of files) if (!(await this.#goOn(file))) this.#add(file, wishes)
    this.#next()
  }

  /** Go on with one whose file was picked again. False if it is another file. */
  async giveAgain(one: Sending, file: File): Promise<boolean> {
    const fits = await one.giveAgain(file)
    if (fits) this.#next()
    return fits
  }

  resume(one: Sending) {
    one.state.value = 'waiting'
    this.#next()
  }

  pause(one: Sending) {
    one.pause()
    this.#next()
  }

  giveUp(one: Sending) {
    one.giveUp().catch((error) => console.error(error))
  }

  async #goOn(file: File): Promise<boolean> {
    for (const one of this.list.peek())
      if (one.state.peek() === 'lost' && one.name === file.name && (await one.giveAgain(file))) return true
    return false
  }

  #add(what: ConstructorParameters<typeof Sending>[1], wishes: Wishes): Sending {
    const made = new Sending(this.#line, what, wishes, (arrived) => {
      this.list.value = this.list.peek().filter((one) => one !== made)
      if (arrived) this.#onArrived()
      this.#next()
    })
    this.list.value = [...this.list.peek(), made]
    return made
  }

  #next() {
    const free = AT_ONCE - this.list.peek().filter((one) => one.isBusy).length
    const waiting = this.list.peek().filter((one) => one.state.peek() === 'waiting')
    for (const one of waiting.slice(0, Math.max(free, 0))) one.start()
  }

  async #remembered() {
    for (const kept of allRemembered(this.#line.participant)) {
      if (await isHeld(kept.url)) continue // another tab sends it
      const { quote, visibility } = kept
      const one = this.#add(kept, { quote, visibility })
      await one.look().catch((error) => console.error(error))
    }
  }
}
