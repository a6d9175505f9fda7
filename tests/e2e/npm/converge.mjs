// Two JavaScript participants of a random history: they edit a room through y-websocket, on line and off,
// and tell what they typed and what they deleted, so that the test can check intent and not only agreement.
import readline from 'node:readline'
import WebSocket from 'ws'
import * as Y from 'yjs'
import { WebsocketProvider } from 'y-websocket'

const generator = seed => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const TOKEN = /⟦[^⟧]*⟧/g
const DECORATIONS = ['', 'é', '漢字', '😀', '👨‍👩‍👧', '𝒳z']
const ATTRIBUTES = [{ bold: true }, { bold: null }, { italic: true }, { link: 'https://example.org/é' }]

class Participant {
  constructor (number, { url, room, token, seed }) {
    this.number = number
    this.random = generator(seed * 31 + number)
    this.doc = new Y.Doc()
    this.provider = new WebsocketProvider(url, room, this.doc, {
      params: { token }, WebSocketPolyfill: WebSocket, disableBc: true, maxBackoffTime: 100
    })
    this.text = this.doc.getText('consensus-statement')
    this.undo = new Y.UndoManager(this.text, { captureTimeout: 0, trackedOrigins: new Set(['me']) })
    this.typed = []
    this.deleted = new Set()
    this.doubtful = new Set()
    this.runs = []
  }

  below (n) { return Math.floor(this.random() * n) }
  pick (list) { return list[this.below(list.length)] }

  // Places between tokens, in UTF-16 code units.
  places () {
    const found = [0]
    let at = 0
    for (const op of this.text.toDelta()) {
      if (typeof op.insert === 'string') {
        for (const match of op.insert.matchAll(TOKEN)) found.push(at + match.index + match[0].length)
        at += op.insert.length
      } else at += 1
    }
    return found
  }

  token () {
    const made = `⟦${this.number}.${this.typed.length}${this.pick(DECORATIONS)}⟧`
    this.typed.push(made)
    return made
  }

  act () {
    const kind = this.below(100)
    this.doc.transact(() => {
      if (kind < 45) this.insert()
      else if (kind < 60) this.typeOn()
      else if (kind < 72) this.remove()
      else if (kind < 82) this.format()
      else if (kind < 90) this.note()
      else if (kind < 94) this.text.insert(this.pick(this.places()), '\n', this.pick([{}, { header: 2 }, { list: 'bullet' }]))
    }, 'me')
    if (kind >= 94) this.takeBack()
  }

  insert () { this.text.insert(this.pick(this.places()), this.token()) }

  // Several words one after the other at one caret: they must stay in this order.
  typeOn () {
    let at = this.pick(this.places())
    const run = []
    for (let n = 0; n < 3; n++) {
      const word = this.token()
      this.text.insert(at, word)
      at += word.length
      run.push(word)
    }
    this.runs.push(run)
  }

  remove () {
    const whole = this.text.toString()
    const found = [...whole.matchAll(TOKEN)]
    if (!found.length || this.hasEmbeds()) return
    const one = this.pick(found)
    this.text.delete(one.index, one[0].length)
    this.deleted.add(one[0])
  }

  hasEmbeds () { return this.text.toDelta().some(op => typeof op.insert !== 'string') }

  format () {
    const places = this.places()
    const [start, end] = [this.pick(places), this.pick(places)].sort((a, b) => a - b)
    if (end > start) this.text.format(start, end - start, this.pick(ATTRIBUTES))
  }

  note () {
    const notes = this.doc.getMap('comments')
    const entry = new Y.Map()
    entry.set('text', 'é' + this.below(100))
    if (this.random() < 0.7) notes.set('k' + this.below(4), entry)
    else notes.delete('k' + this.below(4))
  }

  // What undo touches may be there or not; it must only never be there twice or torn.
  takeBack () {
    const before = new Set(this.text.toString().match(TOKEN) ?? [])
    if (this.random() < 0.6) this.undo.undo()
    else this.undo.redo()
    const after = new Set(this.text.toString().match(TOKEN) ?? [])
    for (const one of before) if (!after.has(one)) this.doubtful.add(one)
    for (const one of after) if (!before.has(one)) this.doubtful.add(one)
  }

  async live (steps) {
    for (let step = 0; step < steps; step++) {
      this.act()
      const kind = this.below(20)
      if (kind === 0) this.provider.disconnect()
      else if (kind === 1) this.provider.connect()
      if (kind < 8) await new Promise(resolve => setTimeout(resolve, this.below(4)))
    }
    this.provider.connect()
  }

  report () {
    return {
      typed: this.typed,
      deleted: [...this.deleted],
      doubtful: [...this.doubtful],
      runs: this.runs
    }
  }

  state () {
    return {
      vector: Buffer.from(Y.encodeStateVector(this.doc)).toString('base64'),
      delta: this.text.toDelta(),
      comments: this.doc.getMap('comments').toJSON(),
      synced: this.provider.synced
    }
  }
}

const histories = new Map()
const actions = {
  async live ({ history, steps, ...how }) {
    const people = [0, 1].map(n => new Participant(n, how))
    histories.set(history, people)
    await Promise.all(people.map(one => one.live(steps)))
    return people.map(one => one.report())
  },
  async states ({ history }) { return histories.get(history).map(one => one.state()) },
  async end ({ history }) {
    for (const one of histories.get(history)) {
      one.provider.destroy()
      one.doc.destroy()
    }
    histories.delete(history)
  }
}

console.warn = () => {}
readline.createInterface({ input: process.stdin }).on('line', async line => {
  const { id, do: action, ...rest } = JSON.parse(line)
  let answer
  try {
    answer = { id, result: (await actions[action](rest)) ?? null }
  } catch (error) {
    answer = { id, error: String(error.stack ?? error) }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
})
