import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signal } from '@preact/signals'
import type { Room } from '../src/room/room.ts'
import { Voting } from '../src/room/voting/store.ts'
import type { FrozenText } from '../src/room/voting/types.ts'

test('what was read before a vote does not come back after its answer', async () => {
  const answers = new Map<string, (found: unknown) => void>()
  const api = (method: string, path: string) =>
    new Promise((resolve) => answers.set(`${method} ${path}`, resolve))
  const voting = new Voting({ api, base: '', session: signal({ phase: 'deciding' }) } as unknown as Room)
  const before = { polls: [{ id: 'p', outcome: null }] }
  const after = { polls: [{ id: 'p', outcome: 'agreed' }] }

  const loading = voting.load()
  answers.get('GET /deliberation')!(before)
  await new Promise((resolve) => setTimeout(resolve))
  const casting = voting.vote({ id: 'p', text_hash: 'h' } as FrozenText, 'approve')
  answers.get('POST /polls/p/ballots')!(after)
  await casting
  answers.get('GET /rounds')!({ rounds: [] })
  await loading
  assert.equal(voting.deliberation.value, after)
  assert.deepEqual(voting.rounds.value, [])
})
