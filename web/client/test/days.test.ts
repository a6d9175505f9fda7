import assert from 'node:assert/strict'
import { test } from 'node:test'
import { daysOf, joined, sameDay } from '../src/room/history/days.ts'
import type { Version } from '../src/room/history/types.ts'

function version(number: number, ended: Date): Version {
  return {
    version: number,
    begun: ended.toISOString(),
    ended: ended.toISOString(),
    cause: 'written',
    by: [],
    characters: 0,
    poll: null,
    joined: 1,
  }
}

test('versions stand under the day of whoever reads, not under that of the server', () => {
  const evening = new Date(2026, 10, 25, 23, 59)
  const night = new Date(2026, 10, 26, 0, 1)
  const noon = new Date(2026, 10, 26, 12)
  const days = daysOf([version(3, noon), version(2, night), version(1, evening)])
  assert.deepEqual(
    days.map(({ versions }) => versions.map(({ version }) => version)),
    [[3, 2], [1]],
  )
  assert.ok(sameDay(days[0]!.at, noon.toISOString()))
  assert.deepEqual(daysOf([]), [])
})

test('what was loaded before stays behind what is new, each version once', () => {
  const at = new Date()
  const some = (...numbers: number[]) => numbers.map((number) => version(number, at))
  const numbers = joined(some(9, 7, 5), some(6, 5, 4, 2)).map(({ version }) => version)
  assert.deepEqual(numbers, [9, 7, 5, 4, 2])
  assert.deepEqual(joined([], some(2)).length, 1)
})
