/** The live document: its socket, its copy in this browser, and the truth about what is saved. */
import { computed, type ReadonlySignal, signal } from '@preact/signals'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { STATEMENT } from '../statement/binding.ts'
import { Copy, copyName, forget } from './copy.ts'
import { Saved, type SavedWord } from './saved.ts'

/** The connection is over for good. `code` is the close code, or `denied` when edits were refused. */
export interface Ending {
  code: number | 'denied'
  reason: string
}

const SYNC = 0
const STEP_1 = 0
const AUTH = 2
const MARK = 102

interface Who {
  participant: string
  name: string
  role: string
  mayWrite: boolean
}

export class Connection {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText(STATEMENT)
  readonly provider: WebsocketProvider
  #saved = new Saved()
  #word = signal<SavedWord>('connecting')
  #copy = signal<Copy | null>(null)
  #copied = computed(() => this.#copy.value?.kept.value ?? false)
  #ready = signal(false)
  #ending = signal<Ending | null>(null)
  #name: string
  #mayWrite: boolean

  constructor(room: string, who: Who) {
    this.#name = copyName(room, who.participant)
    this.#mayWrite = who.mayWrite
    const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
    const provider = new WebsocketProvider(`${scheme}//${location.host}/yjs`, room, this.doc, {
      connect: false,
      // Tabs of one browser may be different people, and nobody sends another's edits in their own name.
      disableBc: true,
      params: { as: who.participant },
    })
    this.provider = provider
    provider.awareness.setLocalStateField('user', { id: who.participant, name: who.name, role: who.role })
    provider.on('status', ({ status }) => this.#status(status))
    provider.on('connection-close', () => this.#tell(() => this.#saved.failed()))
    provider.on('closed', ({ code, reason }) => this.#end({ code, reason }))
    this.#handleMessages()
    this.doc.on('update', (_, origin) => this.#updated(origin))
    // Yjs tidies up formatting after remote edits. From who may not write, even that would be refused.
    if (!who.mayWrite) this.doc.off('update', provider._updateHandler)
  }

  get word(): ReadonlySignal<SavedWord> {
    return this.#word
  }

  /** Whether this browser keeps a copy, so that work without a connection outlives a reload. */
  get copied(): ReadonlySignal<boolean> {
    return this.#copied
  }

  /** Whether the document is here; before, an editor would only show that nothing is. */
  get ready(): ReadonlySignal<boolean> {
    return this.#ready
  }

  get ending(): ReadonlySignal<Ending | null> {
    return this.#ending
  }

  /** Load this browser's copy, then connect: so the server is only told what it lacks. */
  async open(): Promise<void> {
    if (this.#mayWrite) {
      this.#copy.value = await Copy.open(this.#name, this.doc)
      this.#checkReady()
    }
    this.provider.connect()
    addEventListener('beforeunload', (event) => {
      const here = this.#copy.value?.hold() ?? false
      if (this.#mayWrite && this.#saved.pending && this.#ready.value && !here) event.preventDefault()
    })
  }

  /** Throw this browser's copy away, so that the next load shows the server's document. */
  async forget(): Promise<void> {
    this.provider.destroy()
    await this.#copy.value?.close()
    await forget(this.#name)
  }

  #handleMessages() {
    const { messageHandlers } = this.provider
    const sync = messageHandlers[SYNC]!
    messageHandlers[SYNC] = (encoder, decoder, ...rest) => {
      const asked = decoder.arr[decoder.pos] === STEP_1
      sync(encoder, decoder, ...rest)
      this.#checkReady()
      // The provider sends its answer when this handler has returned; the mark must follow it.
      if (asked) queueMicrotask(() => this.#tell(() => this.#mark(this.#saved.offered())))
    }
    messageHandlers[MARK] = (_, decoder) => {
      const mark = decoding.readVarUint(decoding.createDecoder(decoding.readVarUint8Array(decoder)))
      this.#tell(() => this.#saved.returned(mark))
    }
    messageHandlers[AUTH] = (_, decoder) => {
      decoding.readVarUint(decoder)
      const reason = decoding.readVarString(decoder)
      // Who only reads has lost nothing.
      if (this.#mayWrite) {
        this.provider.disconnect()
        this.#end({ code: 'denied', reason })
      }
    }
  }

  #updated(origin: unknown) {
    this.#checkReady()
    if (origin === this.provider || !this.#mayWrite) return
    this.#tell(() => this.#mark(this.#saved.edited()))
  }

  #mark(mark: number | null) {
    const { ws } = this.provider
    if (mark === null || ws?.readyState !== WebSocket.OPEN) return
    const inner = encoding.createEncoder()
    encoding.writeVarUint(inner, mark)
    const message = encoding.createEncoder()
    encoding.writeVarUint(message, MARK)
    encoding.writeVarUint8Array(message, encoding.toUint8Array(inner))
    ws.send(encoding.toUint8Array(message))
  }

  #status(status: string) {
    if (status === 'connected') this.#tell(() => this.#saved.opened())
    else if (status === 'disconnected') this.#tell(() => this.#saved.closed())
  }

  #tell(change: () => void) {
    change()
    this.#word.value = this.#saved.word
  }

  #checkReady() {
    // The server seeds every document, so an empty one is one that has not come yet.
    if (!this.#ready.value && this.text.length > 0) this.#ready.value = true
  }

  #end(ending: Ending) {
    this.#ending.value ??= ending
  }
}
