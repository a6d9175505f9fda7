/**
 * The text of a document that has since been restored.
 *
 * A restore starts a new epoch with a new address, and what this browser had not sent by then cannot be merged
 * into it. It is not thrown away in silence either: the page offers it as a file.
 */
import { STATEMENT } from '../statement/binding.ts'
import { copyName, forget, readCopy } from './copy.ts'

export interface Former {
  text: string
  /** Delete it from this browser. */
  drop(): Promise<void>
}

export async function findFormer(session: string, room: string, participant: string): Promise<Former | null> {
  const key = `accord:room:${session}:${participant}`
  try {
    const before = localStorage.getItem(key)
    if (!before || before === room) {
      localStorage.setItem(key, room)
      return null
    }
    const name = copyName(before, participant)
    const drop = async () => {
      localStorage.setItem(key, room)
      await forget(name)
    }
    const doc = await readCopy(name)
    if (!doc) return null
    const text = doc.getText(STATEMENT).toString().trim()
    if (text) return { text, drop }
    await drop()
  } catch {
    // A browser that forbids storage has kept nothing.
  }
  return null
}
