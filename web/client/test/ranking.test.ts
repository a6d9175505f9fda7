import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as moves from '../src/room/voting/ranking.ts'
import type { Ranking } from '../src/room/voting/types.ts'

const ranking = (text: string): Ranking => (text ? text.split(' ').map((tier) => [...tier]) : [])
const shown = (tiers: Ranking) => tiers.map((tier) => tier.join('')).join(' ')

test('one step up or down leaves a tie first, and stops at the ends', () => {
  const cases: [keyof typeof moves, string, string, string][] = [
    ['up', 'a b c', 'b', 'b a c'],
    ['up', 'a b c', 'a', 'a b c'],
    ['up', 'a bc', 'c', 'a c b'],
    ['up', 'ab', 'b', 'b a'],
    ['up', 'a', 'x', 'a x'],
    ['down', 'a b c', 'a', 'b a c'],
    ['down', 'a b c', 'c', 'a b c'],
    ['down', 'ab c', 'a', 'b a c'],
    ['down', 'a', 'x', 'a'],
    ['level', 'a b c', 'b', 'ab c'],
    ['level', 'ab c', 'c', 'abc'],
    ['level', 'ab c', 'a', 'b a c'],
    ['level', 'a b', 'a', 'a b'],
    ['remove', 'a bc', 'b', 'a c'],
    ['remove', 'a b', 'a', 'b'],
    ['append', '', 'x', 'x'],
    ['append', 'a b', 'a', 'b a'],
  ]
  for (const [move, before, id, after] of cases)
    assert.equal(shown((moves[move] as typeof moves.up)(ranking(before), id)), after, `${move} ${id} in ${before}`)
})

test('dropped before a place or on one, a candidate lands where the eye sees it', () => {
  const cases: [string, string, number, string][] = [
    ['a b c', 'a', 3, 'b c a'],
    ['a b c', 'a', 1, 'a b c'],
    ['a b c', 'c', 0, 'c a b'],
    ['ab c', 'a', 1, 'b a c'],
    ['a b', 'x', 1, 'a x b'],
  ]
  for (const [before, id, at, after] of cases)
    assert.equal(shown(moves.insertAt(ranking(before), id, at)), after, `${id} to ${at} in ${before}`)
  assert.equal(shown(moves.tieWith(ranking('a b c'), 'a', 2)), 'b ca')
  assert.equal(shown(moves.tieWith(ranking('a b c'), 'a', 0)), 'a b c')
  assert.equal(shown(moves.tieWith(ranking('a b'), 'x', 7)), 'a b')
})

test('whatever the moves, nothing is lost and nothing is there twice', () => {
  let seed = 7
  const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n
  const ids = [...'abcdef']
  let tiers = ranking('a bc d')
  for (let i = 0; i < 3000; i++) {
    const id = ids[random(6)]!
    const ranked = new Set(tiers.flat())
    const step = random(6)
    if (step === 0) tiers = moves.up(tiers, id)
    else if (step === 1) tiers = moves.down(tiers, id)
    else if (step === 2) tiers = moves.level(tiers, id)
    else if (step === 3) tiers = moves.insertAt(tiers, id, random(tiers.length + 1))
    else if (step === 4) tiers = moves.tieWith(tiers, id, random(tiers.length + 1))
    else tiers = moves.remove(tiers, id)
    const now = tiers.flat()
    assert.equal(new Set(now).size, now.length)
    assert.ok(tiers.every((tier) => tier.length > 0))
    for (const other of ranked) assert.ok(other === id || now.includes(other))
  }
})

test('what a browser kept is believed only as far as it fits the round', () => {
  assert.deepEqual(moves.normal([['a', 'x'], ['a', 'b'], []], ['a', 'b', 'c']), [['a'], ['b']])
  assert.deepEqual(moves.unranked([['b']], ['a', 'b', 'c']), ['a', 'c'])
})

test('rankings are the same whatever the order within a tie', () => {
  assert.ok(moves.isSame([['a', 'b'], ['c']], [['b', 'a'], ['c']]))
  assert.ok(!moves.isSame([['a', 'b'], ['c']], [['a'], ['b'], ['c']]))
})

test('everybody calls a candidate by the same letter, whatever the order they see it in', () => {
  const some = [
    { id: 'q', style: 'brief' },
    { id: 'z', style: 'status quo' },
    { id: 'c', style: 'broad' },
  ]
  const found = moves.letters(some)
  assert.deepEqual(found, moves.letters([...some].reverse()))
  assert.deepEqual([found.get('c'), found.get('q'), found.get('z')], ['A', 'B', undefined])
})
