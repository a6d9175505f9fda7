/** The copy of the document in this browser, so that work without a connection outlives a reload. */
import { IndexeddbPersistence } from 'y-indexeddb'
import * as Y from 'yjs'

/** One person in one room, epoch included: other people's unsent work is never sent in somebody's name. */
export function storageName(room: string, participant: string): string {
  return `accord:${room}:${participant}`
}

const PATIENCE_MS = 2000

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

const late = <T>(value: T) => new Promise<T>((resolve) => setTimeout(resolve, PATIENCE_MS, value))

/** Load what this browser holds into the document and keep it up to date. Null where nothing can be kept. */
export async function keepCopy(name: string, doc: Y.Doc): Promise<IndexeddbPersistence | null> {
  if (!(await Promise.race([works(), late(false)]))) return null
  const copy = new IndexeddbPersistence(name, doc)
  const loaded = await Promise.race([copy.whenSynced, late(null)])
  return loaded && copy
}

export async function forget(name: string): Promise<void> {
  try {
    await succeeded(indexedDB.deleteDatabase(name))
  } catch {
    // Nothing was kept in the first place.
  }
}

/** A stored document as it was left, detached from any connection. */
export async function readCopy(name: string): Promise<Y.Doc | null> {
  const doc = new Y.Doc()
  const copy = await keepCopy(name, doc)
  await copy?.destroy()
  return copy && doc
}
