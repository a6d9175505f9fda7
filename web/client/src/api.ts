/** Calls to the server. A failed call always throws a `Problem`, whose words can be shown as they are. */
import { strings } from './strings/door.ts'

export class Problem extends Error {
  /** The stable word of the server's problem type; `offline` when the server was not reached. */
  readonly kind: string
  readonly status: number
  readonly fields: Record<string, string>

  constructor(kind: string, status: number, detail: string, fields: Record<string, string> = {}) {
    super(detail)
    this.kind = kind
    this.status = status
    this.fields = fields
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type Api = <T>(method: Method, path: string, body?: object) => Promise<T>

/** The reads of one path that are on their way. */
interface Reads {
  waiting: number
  /** Which of all reads the newest answer is to, and that answer. */
  newest: number
  found: unknown
}

/**
 * Calls as one person; without one, as whoever joined last in this browser.
 *
 * Answers come in any order, and an older one would undo on the page what a newer one has shown. So what is read while
 * something is being changed from here is read again, and a read that is answered after a later one of the same path
 * gets the answer to that one.
 */
export function apiAs(participant: string | null): Api {
  let changes = 0
  let asked = 0
  const reading = new Map<string, Reads>()

  const read = async <T>(path: string): Promise<T> => {
    const reads = reading.get(path) ?? { waiting: 0, newest: 0, found: undefined }
    reading.set(path, reads)
    reads.waiting += 1
    try {
      for (;;) {
        const before = changes
        const turn = ++asked
        const found = await call<T>(participant, 'GET', path)
        if (changes !== before) continue
        if (turn < reads.newest) return reads.found as T
        reads.newest = turn
        reads.found = found
        return found
      }
    } finally {
      reads.waiting -= 1
      if (reads.waiting === 0) reading.delete(path)
    }
  }

  return async <T>(method: Method, path: string, body?: object): Promise<T> => {
    if (method === 'GET') return read<T>(path)
    try {
      return await call<T>(participant, method, path, body)
    } finally {
      changes += 1
    }
  }
}

async function call<T>(participant: string | null, method: Method, path: string, body?: object): Promise<T> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (participant) headers['accord-as'] = participant
  if (body) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(`/api${path}`, {
      method,
      headers,
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
  } catch {
    throw unreachable()
  }
  if (!response.ok) throw await problemOf(response)
  return (response.status === 204 ? undefined : await response.json()) as T
}

interface ProblemBody {
  type?: string
  detail?: string
  errors?: { field: string; message: string }[]
}

/** Whether what failed may well be possible in a while: the server is not reached, has too much to do or is broken. */
export function mayPass(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 429 || error.status >= 500)
}

/** What to throw when the server was not reached. */
export const unreachable = () => new Problem('offline', 0, strings.unreachable)

/** The problem in an answer that is none of those hoped for. */
export async function problemOf(response: Response): Promise<Problem> {
  let body: ProblemBody = {}
  try {
    body = (await response.json()) as ProblemBody
  } catch {
    // A proxy answered with a page of its own; the status has to do.
  }
  const kind = body.type?.split('/').at(-1) ?? `status-${response.status}`
  const fields = Object.fromEntries((body.errors ?? []).map(({ field, message }) => [field, message]))
  const fallback = response.status === 429 ? strings.tooMany : strings.failed(response.status)
  return new Problem(kind, response.status, body.detail ?? fallback, fields)
}

/** What to show for anything that was thrown. */
export function wordsFor(error: unknown): string {
  return error instanceof Problem ? error.message : strings.broken
}
