/**
 * The copy of the document in this browser, so that work without a connection outlives a reload.
 *
 * y-indexeddb stores each edit in a transaction of its own and does not tell how that ended. A page that goes away
 * takes with it what was still on its way, a full browser refuses it, and whoever clears the site's data closes the
 * database. So edits are remembered here until the database has them, and the last ones, the rest, go to
 * localStorage as the page leaves: it is the one place that is written at once.
 */
import { type ReadonlySignal, signal } from '@preact/signals'
import { fromBase64, toBase64 } from 'lib0/buffer'
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'

const PATIENCE_MS = 2000
const REOPEN_MS = 1000
const UPDATES = 'updates'

/** One person in one room, epoch included: other people's unsent work is never sent in somebody's name. */
export function copyName(room: string, participant: string): string {
  return `accord:${room}:${participant}`
}

export class Copy {
  #name: string
  #doc: Y.Doc
  #store: IndexeddbPersistence
  #waiting: Uint8Array[] = []
  #asking = false
  /** The rest as it stands in localStorage, if all of it is this tab's. */
  #rest: string | null = null
  #broken: 'full' | 'deleted' | 'lost' | null = null
  #kept = signal(false)
  /** When everything this browser holds is in the document. */
  readonly loaded: Promise<void>

  private constructor(name: string, doc: Y.Doc) {
    this.#name = name
    this.#doc = doc
    this.#store = new IndexeddbPersistence(name, doc)
    // After y-indexeddb's own handler: its transaction is then the older one.
    doc.on('update', this.#updated)
    addEventListener('pagehide', this.hold)
    document.addEventListener('visibilitychange', this.#hidden)
    this.loaded = this.#load(this.#store)
  }

  /**
   * Load what this browser holds into the document and keep it up to date. A slow disk is not waited for long: what it
   * holds then comes later. Null where nothing can be kept.
   */
  static async open(name: string, doc: Y.Doc): Promise<Copy | null> {
    if (!(await Promise.race([works(), late(false)]))) return null
    const copy = new Copy(name, doc)
    await Promise.race([copy.loaded, late()])
    return copy
  }

  /** Whether all that is written here will be there after a reload. */
  get kept(): ReadonlySignal<boolean> {
    return this.#kept
  }

  /** Write down at once what the database does not have yet. Returns whether this browser now has everything. */
  hold = (): boolean => {
    // Whoever deleted the copy does not want another one.
    if (this.#broken === 'deleted') return false
    if (!this.#waiting.length) return true
    try {
      const before = readRest(this.#name)
      const merged = Y.mergeUpdates(before ? [fromBase64(before), ...this.#waiting] : this.#waiting)
      const rest = toBase64(merged)
      localStorage.setItem(restKey(this.#name), rest)
      this.#rest = before === null || before === this.#rest ? rest : null
      // Of a lost database nobody knows what it still holds.
      return this.#broken !== 'lost'
    } catch {
      return false
    }
  }

  async close(): Promise<void> {
    this.#doc.off('update', this.#updated)
    removeEventListener('pagehide', this.hold)
    document.removeEventListener('visibilitychange', this.#hidden)
    this.#broken = 'deleted'
    await this.#store.destroy()
  }

  async #load(store: IndexeddbPersistence): Promise<void> {
    await store.whenSynced
    const db = store.db!
    db.addEventListener('abort', () => this.#break('full'))
    db.addEventListener('versionchange', () => this.#break('deleted'))
    db.addEventListener('close', () => {
      this.#break('lost')
      setTimeout(() => this.#reopen(), REOPEN_MS)
    })
    this.#rest = readRest(this.#name)
    if (this.#rest) this.#add(this.#rest)
    this.#kept.value = true
    this.#stored()
  }

  #add(rest: string) {
    try {
      // Of no origin, so that it is stored like anything written now.
      Y.applyUpdate(this.#doc, fromBase64(rest))
    } catch (error) {
      console.warn('What was not stored when this page was last left cannot be read.', error)
    }
  }

  #updated = (update: Uint8Array, origin: unknown) => {
    if (origin === this.#store) return
    this.#waiting.push(update)
    if (this.#kept.value) this.#stored()
  }

  /** Wait until the database has what is waiting: a later transaction begins when the earlier ones have ended. */
  async #stored(): Promise<void> {
    if (this.#asking) return
    this.#asking = true
    while (this.#waiting.length && !this.#broken) {
      const asked = this.#waiting.length
      const past = await ended(this.#store.db!.transaction(UPDATES))
      if (past && !this.#broken) this.#waiting.splice(0, asked)
    }
    this.#asking = false
    if (this.#rest && !this.#broken && readRest(this.#name) === this.#rest) localStorage.removeItem(restKey(this.#name))
    this.#rest = null
  }

  /** What is written from now on may not be stored. What has been waiting goes on waiting, to be held at the end. */
  #break(how: 'full' | 'deleted' | 'lost') {
    this.#kept.value = false
    if (how !== 'full') {
      this.#broken = how
      // It would throw at every edit.
      this.#store.destroy()
    } else this.#broken ??= how
  }

  /** Browsers end connections to their databases, on phones when a page comes back after a while. */
  async #reopen(): Promise<void> {
    if (this.#broken !== 'lost') return
    this.#doc.off('update', this.#updated)
    this.#store = new IndexeddbPersistence(this.#name, this.#doc)
    this.#doc.on('update', this.#updated)
    this.#broken = null
    await this.#load(this.#store)
  }

  #hidden = () => {
    if (document.visibilityState === 'hidden') this.hold()
  }
}

/** A document as this browser kept it, detached from any connection. Null where nothing can be kept. */
export async function readCopy(name: string): Promise<Y.Doc | null> {
  const doc = new Y.Doc()
  const copy = await Copy.open(name, doc)
  if (!copy) return null
  await copy.loaded
  await copy.close()
  return doc
}

/** Delete a copy. */
export async function forget(name: string): Promise<void> {
  try {
    localStorage.removeItem(restKey(name))
    await succeeded(indexedDB.deleteDatabase(name))
  } catch {
    // Nothing was kept in the first place.
  }
}

const restKey = (name: string) => name.replace('accord:', 'accord:rest:')

function readRest(name: string): string | null {
  try {
    return localStorage.getItem(restKey(name))
  } catch {
    return null
  }
}

const late = <T>(value?: T) => new Promise<T | undefined>((resolve) => setTimeout(resolve, PATIENCE_MS, value))

function ended(transaction: IDBTransaction): Promise<boolean> {
  return new Promise((resolve) => {
    transaction.oncomplete = () => resolve(true)
    transaction.onabort = () => resolve(false)
  })
}

function succeeded(request: IDBOpenDBRequest): Promise<boolean> {
  return new Promise((resolve) => {
    request.onsuccess = () => {
      request.result?.close()
      resolve(true)
    }
    request.onerror = () => resolve(false)
    request.onblocked = () => resolve(false)
  })
}

/** Some browsers refuse to store anything (private windows, policies). y-indexeddb would never tell. */
async function works(): Promise<boolean> {
  try {
    return await succeeded(indexedDB.open('accord:probe'))
  } catch {
    return false
  }
}
