/** The documents of a room as one person sees them: the rows, what is on its way, and which one is open. */
import { signal } from '@preact/signals'
import { strings } from '../../strings/documents.ts'
import type { Room } from '../room.ts'
import type { DocumentRow, Place } from './types.ts'
import { Uploads } from './uploads.ts'
import type { Wishes } from './sending.ts'

/** What to open: a document, and the passage or place in it. */
export interface Opening {
  id: string
  name: string
  start?: number
  end?: number
  /** The words that were looked for, to mark them. */
  query?: string
  place?: Place | null
  quote?: string | null
}

/** A file that was picked or dropped and waits for its owner's word. */
export interface Picked {
  file: File
  isFolder: boolean
}

type Change = Pick<DocumentRow, 'id'> & Partial<Omit<DocumentRow, 'status'>> & { status: DocumentRow['status'] | 'removed' }

export class Documents {
  readonly rows = signal<DocumentRow[]>([])
  readonly loaded = signal(false)
  readonly problem = signal<unknown>(null)
  /** The model that finds by meaning, null where search is by words only. */
  readonly model = signal<string | null>(null)
  readonly opened = signal<Opening | null>(null)
  readonly picked = signal<Picked[]>([])
  readonly uploads: Uploads
  #room: Room

  constructor(room: Room) {
    this.#room = room
    const { participant } = room.session.peek().me
    this.uploads = new Uploads({ endpoint: `/api${room.base}/uploads`, participant }, () => this.#soon())
  }

  /** Load, and keep up with what happens. Returns how to stop. */
  enter(): () => void {
    const stops = [
      this.#room.loads.keep('documents', () => this.#load()),
      this.#room.on('document', (change) => this.#changed(change as Change)),
      this.uploads.open(),
    ]
    return () => {
      for (const stop of stops) stop()
    }
  }

  async load() {
    // What went wrong is shown.
    await this.#load().catch(() => undefined)
  }

  async #load() {
    try {
      const path = `${this.#room.base}/documents`
      const found = await this.#room.api<{ documents: DocumentRow[]; model: string | null }>('GET', path)
      this.rows.value = found.documents
      this.model.value = found.model
      this.problem.value = null
    } catch (error) {
      this.problem.value = error
      throw error
    } finally {
      this.loaded.value = true
    }
  }

  /** Where a document is asked for. */
  pathOf(id: string, what = ''): string {
    return `${this.#room.base}/documents/${encodeURIComponent(id)}${what}`
  }

  /** Where the browser gets the file as it was given. */
  fileOf(id: string): string {
    return `/api${this.pathOf(id, '/file')}?as=${encodeURIComponent(this.#room.session.peek().me.participant)}`
  }

  /** Where the browser gets a page as it looks, with what of a passage stands on it marked. */
  pictureOf(id: string, number: number, passage: { start: number; end: number } | null): string {
    const query = new URLSearchParams({ as: this.#room.session.peek().me.participant })
    if (passage && passage.end > passage.start) {
      query.set('start', String(passage.start))
      query.set('end', String(passage.end))
    }
    return `/api${this.pathOf(id, `/pages/${number}.png`)}?${query}`
  }

  async change(id: string, wishes: Partial<Wishes>) {
    const row = await this.#room.api<DocumentRow>('PATCH', this.pathOf(id), wishes)
    this.rows.value = this.rows.peek().map((one) => (one.id === id ? row : one))
  }

  async remove(id: string) {
    await this.#room.api('DELETE', this.pathOf(id))
    this.#drop(id)
  }

  /** Take files that were picked or dropped; nothing is sent before their owner says how. */
  pick(files: Picked[]) {
    if (files.length === 0 || this.#room.isObserver) return
    this.picked.value = [...this.picked.peek(), ...files]
    this.#room.openTab('documents')
  }

  #changed(change: Change) {
    if (change.status === 'removed') {
      this.#drop(change.id)
      return
    }
    const before = this.rows.peek().find(({ id }) => id === change.id)
    if (!before) {
      this.#soon()
      return
    }
    const now = { ...before, ...change } as DocumentRow
    this.rows.value = this.rows.peek().map((one) => (one.id === change.id ? now : one))
    if (now.mine && now.status !== before.status && (now.status === 'ready' || now.status === 'failed'))
      this.#room.news.tell(`document-${now.status}`, strings.news[now.status], now.name)
  }

  #drop(id: string) {
    this.rows.value = this.rows.peek().filter((one) => one.id !== id)
  }

  #soon() {
    this.#room.loads.later('documents', () => this.#load())
  }
}

const known = new WeakMap<Room, Documents>()

/** The documents of a room, the same ones for every component. */
export function documentsOf(room: Room): Documents {
  const found = known.get(room) ?? new Documents(room)
  known.set(room, found)
  return found
}
