/** Files the server makes, asked for as one person and given to them by the browser. */
import { problemOf, unreachable } from './api.ts'

/** Ask for a file and hand it to the browser; its name is the server's. Throws a `Problem` if there is none. */
export async function download(path: string, participant: string, name: string): Promise<void> {
  let response: Response
  let content: Blob
  try {
    // Not a plain link: only a header says which of the people in this browser asks.
    response = await fetch(`/api${path}`, { headers: { 'accord-as': participant } })
    if (response.ok) content = await response.blob()
  } catch {
    throw unreachable()
  }
  if (!response.ok) throw await problemOf(response)
  save(content!, nameIn(response.headers.get('content-disposition')) ?? name)
}

/** The name in a `content-disposition`, null if there is none. */
export function nameIn(disposition: string | null): string | null {
  return disposition?.match(/filename="([^"/\\]+)"/)?.[1] ?? null
}

/** Give a file to the person. */
export function save(content: Blob, name: string) {
  const url = URL.createObjectURL(content)
  const link = document.createElement('a')
  link.href = url
  link.download = name.replace(/[^\p{L}\p{N} .,_-]+/gu, ' ').trim()
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
