/** Uploads this browser has not brought to an end, kept where a reload does not reach. */
import type { Quoting } from '../../types.ts'
import type { Visibility } from './types.ts'

export interface Remembered {
  url: string
  name: string
  size: number
  fingerprint: string
  quote: Quoting
  visibility: Visibility
}

const keyOf = (participant: string, url: string) => `accord:upload:${participant}:${url}`

export function remember(participant: string, upload: Remembered) {
  try {
    localStorage.setItem(keyOf(participant, upload.url), JSON.stringify(upload))
  } catch {
    // Storage is full or forbidden: the upload goes on all the same, only not after a reload.
  }
}

export function forget(participant: string, url: string) {
  try {
    localStorage.removeItem(keyOf(participant, url))
  } catch {
    // Nothing was kept in the first place.
  }
}

export function allRemembered(participant: string): Remembered[] {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(keyOf(participant, '')))
    return keys.flatMap((key) => read(localStorage.getItem(key)) ?? [])
  } catch {
    return []
  }
}

function read(value: string | null): Remembered | null {
  try {
    const found = JSON.parse(value ?? '') as Partial<Remembered>
    const { url, name, size, fingerprint } = found
    // An address of another site is never asked, whoever wrote it there.
    const ours = typeof url === 'string' && new URL(url, location.href).origin === location.origin
    return ours && name && fingerprint && typeof size === 'number' ? (found as Remembered) : null
  } catch {
    return null
  }
}

/**
 * Hold an upload for this tab until `over` is settled. False if another tab has it; where browsers have no locks
 * (a page without HTTPS) nobody can tell.
 */
export function hold(url: string, over: Promise<unknown>): Promise<boolean> {
  if (!navigator.locks) return Promise.resolve(true)
  return new Promise((resolve) => {
    navigator.locks
      .request(`accord:upload:${url}`, { ifAvailable: true }, async (lock) => {
        resolve(lock !== null)
        if (lock) await over
      })
      .catch(() => resolve(true))
  })
}

/** Whether another tab is at an upload. */
export async function isHeld(url: string): Promise<boolean> {
  const locks = await navigator.locks?.query()
  return locks?.held?.some(({ name }) => name === `accord:upload:${url}`) ?? false
}
