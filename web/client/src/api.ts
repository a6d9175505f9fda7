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

/**
 * Calls as one person; without one, as whoever joined last in this browser.
 *
 * What is read while something is being changed from here may be older than the answer to the change, and come later:
 * it would undo on the page what has just been done. So it is read again.
 */
export function apiAs(participant: string | null): Api {
  let changes = 0
  return async <T>(method: Method, path: string, body?: object): Promise<T> => {
    if (method !== 'GET') {
      try {
        return await call<T>(participant, method, path, body)
      } finally {
        changes += 1
      }
    }
    for (;;) {
      const before = changes
      const found = await call<T>(participant, method, path)
      if (changes === before) return found
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
