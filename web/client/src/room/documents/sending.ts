/** One file on its way to the server. What has arrived stays there, whatever ends the way. */
import { batch, signal } from '@preact/signals'
import type { DetailedError, Upload } from 'tus-js-client'
import { strings } from '../../strings/documents.ts'
import type { Quoting } from '../../types.ts'
import { fingerprintOf } from './fingerprint.ts'
import { forget, hold, type Remembered, remember } from './remembered.ts'
import type { Visibility } from './types.ts'

/**
 * waiting: others are sent first. offline: it is tried again by itself. refused: `words` say why, and `again` whether
 * trying later makes sense. lost: only the person can give the file again. expired: nothing of it is left on the server.
 */
export type SendingState = 'waiting' | 'sending' | 'offline' | 'paused' | 'refused' | 'lost' | 'expired'

export interface Wishes {
  quote: Quoting
  visibility: Visibility
}

export interface Line {
  endpoint: string
  participant: string
}

/** A piece is on the server's disk before the next one is sent: a proxy that drops long requests costs one of them. */
const PIECE_BYTES = 8 * 1024 * 1024

/** Until the line is back: soon at first, then twice a minute for as long as the page is open. */
const WAITS_MS = [1000, 2000, 4000, 8000, 15_000, ...Array<number>(2000).fill(30_000)]

/** Answers that another try, later, may change. */
const FOR_NOW = new Set([0, 408, 409, 423, 425, 429, 460, 500, 502, 503, 504])

let count = 0

export class Sending {
  readonly key = `sending-${++count}`
  readonly state = signal<SendingState>('waiting')
  readonly sent = signal(0)
  readonly words = signal<string | null>(null)
  readonly name: string
  readonly size: number
  /** Whether there is a point in trying a refused one again. */
  again = false
  #file: File | null
  #url: string | null
  #upload: Upload | null = null
  #fingerprint: string | null
  #over: Promise<void>
  #setOver!: () => void
  #isOver = false
  #line: Line
  #wishes: Wishes
  #onEnd: (arrived: boolean) => void

  constructor(line: Line, what: File | Remembered, wishes: Wishes, onEnd: (arrived: boolean) => void) {
    const isFile = what instanceof File
    this.#line = line
    this.#wishes = wishes
    this.#onEnd = onEnd
    this.name = what.name
    this.size = what.size
    this.#file = isFile ? what : null
    this.#url = isFile ? null : what.url
    this.#fingerprint = isFile ? null : what.fingerprint
    this.#over = new Promise((resolve) => {
      this.#setOver = resolve
    })
    if (!isFile) this.state.value = 'lost'
  }

  /** Whether it is under way and takes one of the places there are. */
  get isBusy(): boolean {
    return this.state.value === 'sending' || this.state.value === 'offline'
  }

  async start() {
    if (!this.#file) return
    batch(() => {
      this.state.value = 'sending'
      this.words.value = null
    })
    try {
      this.#fingerprint ??= await fingerprintOf(this.#file)
      this.#upload ??= await this.#prepare(this.#file)
    } catch (error) {
      console.error(error)
      this.#refuse(strings.sending.unreadable, true)
      return
    }
    // Paused or given up while the file was looked at.
    if (this.state.peek() === 'sending' && !this.#isOver) this.#upload.start()
  }

  pause() {
    this.#upload?.abort().catch(() => {})
    this.state.value = 'paused'
  }

  /** The line is back: no need to wait for the next try. */
  async hurry() {
    if (this.state.peek() === 'lost') await this.look()
    if (this.state.peek() !== 'offline') return
    await this.#upload?.abort().catch(() => {})
    if (this.state.peek() === 'offline') this.#upload?.start()
  }

  /** Go on with the file the person has picked again. False if it is another one. */
  async giveAgain(file: File): Promise<boolean> {
    if (file.size !== this.size || (await fingerprintOf(file)) !== this.#fingerprint) return false
    this.#file = file
    this.state.value = 'waiting'
    return true
  }

  async giveUp() {
    const url = this.#upload?.url ?? this.#url
    await this.#upload?.abort().catch(() => {})
    this.#end(false)
    if (!url) return
    const { Upload } = await import('tus-js-client')
    await Upload.terminate(url, { headers: this.#headers, retryDelays: [1000, 4000] })
  }

  /** What has come of a remembered one; also whether all of it has, and only the answer was lost. */
  async look() {
    const answer = await fetch(this.#url!, { method: 'HEAD', headers: { ...this.#headers, 'tus-resumable': '1.0.0' } })
    if (answer.status === 404 || answer.status === 410) {
      forget(this.#line.participant, this.#url!)
      this.state.value = 'expired'
    }
    const offset = Number(answer.headers.get('upload-offset') ?? 0)
    this.sent.value = offset
    if (answer.ok && offset === this.size) this.#end(true)
  }

  get #headers() {
    return { 'accord-as': this.#line.participant }
  }

  async #prepare(file: File): Promise<Upload> {
    const { Upload } = await import('tus-js-client')
    const { quote, visibility } = this.#wishes
    const upload = new Upload(file, {
      endpoint: this.#line.endpoint,
      uploadUrl: this.#url,
      headers: this.#headers,
      metadata: { filename: file.name, quote, visibility },
      chunkSize: PIECE_BYTES,
      retryDelays: WAITS_MS,
      storeFingerprintForResuming: false,
      onUploadUrlAvailable: () => this.#keepUrl(upload.url!),
      onProgress: (sent) => {
        if (this.state.peek() === 'paused') return
        batch(() => {
          this.sent.value = sent
          this.state.value = 'sending'
        })
      },
      onShouldRetry: (error) => {
        const again = FOR_NOW.has(error.originalResponse?.getStatus() ?? 0)
        if (again) this.state.value = 'offline'
        return again
      },
      onSuccess: () => this.#end(true),
      onError: (error) => this.#failed(error),
    })
    return upload
  }

  #keepUrl(url: string) {
    if (this.#url && this.#url !== url) forget(this.#line.participant, this.#url)
    this.#url = url
    remember(this.#line.participant, {
      url,
      name: this.name,
      size: this.size,
      fingerprint: this.#fingerprint!,
      ...this.#wishes,
    })
    hold(url, this.#over)
  }

  #failed(error: Error | DetailedError) {
    const response = 'originalResponse' in error ? error.originalResponse : null
    if (!response) console.error(error)
    const problem = problemOf(response?.getBody())
    this.#refuse(problem.detail ?? strings.sending.failed, !problem.type?.endsWith('/too-large'))
  }

  #refuse(words: string, again: boolean) {
    this.again = again
    batch(() => {
      this.words.value = words
      this.state.value = 'refused'
    })
  }

  #end(arrived: boolean) {
    if (this.#url) forget(this.#line.participant, this.#url)
    this.#isOver = true
    this.#setOver()
    this.#onEnd(arrived)
  }
}

/** What a problem+json says; nothing where something on the way answered with a page of its own. */
function problemOf(body: string | undefined): { type?: string; detail?: string } {
  try {
    return JSON.parse(body ?? '') ?? {}
  } catch {
    return {}
  }
}
