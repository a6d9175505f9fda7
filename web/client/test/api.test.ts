import assert from 'node:assert/strict'
import { test } from 'node:test'
import { apiAs } from '../src/api.ts'

interface Asked {
  what: string
  answer: (found: unknown) => void
  fail: () => void
}

/** A server whose answers come when the test says so. */
function serve(): Asked[] {
  const asked: Asked[] = []
  globalThis.fetch = (path, options) =>
    new Promise((resolve, reject) => {
      asked.push({
        what: `${options?.method} ${path}`,
        answer: (found) => resolve(Response.json(found)),
        fail: () => reject(new TypeError('no network')),
      })
    })
  return asked
}

const turns = () => new Promise((resolve) => setTimeout(resolve, 5))

test('what was read before a change is read again if it comes after its answer', async () => {
  const asked = serve()
  const api = apiAs('ana')
  const seen: unknown[] = []
  const reading = api('GET', '/it').then((found) => seen.push(found))
  const changing = api('PUT', '/it', { value: 2 }).then((found) => seen.push(found))
  asked[1]!.answer({ value: 2 })
  await changing
  asked[0]!.answer({ value: 1 })
  await turns()
  assert.deepEqual(seen, [{ value: 2 }])
  assert.equal(asked[2]!.what, 'GET /api/it')
  asked[2]!.answer({ value: 2 })
  await reading
  assert.deepEqual(seen, [{ value: 2 }, { value: 2 }])
})

test('what is read while nothing is changed is read once', async () => {
  const asked = serve()
  const api = apiAs('ana')
  const changing = api('PUT', '/it', {})
  asked[0]!.answer({})
  await changing
  const reading = api<{ value: number }>('GET', '/it')
  asked[1]!.answer({ value: 2 })
  assert.deepEqual(await reading, { value: 2 })
  assert.equal(asked.length, 2)
})

test('a change whose answer was lost may have happened', async () => {
  const asked = serve()
  const api = apiAs('ana')
  const reading = api<{ value: number }>('GET', '/it')
  const changing = api('PUT', '/it', {})
  asked[1]!.fail()
  await assert.rejects(changing, { kind: 'offline' })
  asked[0]!.answer({ value: 1 })
  await turns()
  asked[2]!.answer({ value: 2 })
  assert.deepEqual(await reading, { value: 2 })
})

test('of two reads of the same path, the later one holds', async () => {
  const asked = serve()
  const api = apiAs('ana')
  const seen: unknown[] = []
  const reading = [1, 2].map(() => api('GET', '/it').then((found) => seen.push(found)))
  const other = api('GET', '/other')
  asked[1]!.answer({ value: 2 })
  await reading[1]
  asked[2]!.answer({ value: 'other' })
  asked[0]!.answer({ value: 1 })
  await reading[0]
  assert.deepEqual(seen, [{ value: 2 }, { value: 2 }])
  assert.deepEqual(await other, { value: 'other' })
  assert.equal(asked.length, 3)
})

test('a read asked for when others have been answered gets an answer of its own', async () => {
  const asked = serve()
  const api = apiAs('ana')
  const first = api('GET', '/it')
  asked[0]!.answer({ value: 1 })
  await first
  const second = api('GET', '/it')
  asked[1]!.answer({ value: 2 })
  assert.deepEqual(await second, { value: 2 })
})
