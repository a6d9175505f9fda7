import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compare, inLines, type Piece } from '../src/room/voting/compare.ts'

const marked = (pieces: Piece[]) =>
  pieces.map(({ kind, text }) => (kind === 'same' ? text : kind === 'added' ? `{+${text}+}` : `{-${text}-}`)).join('')

test('what is new and what is gone is marked by the word', () => {
  const cases: [string, string, string][] = [
    ['We share the river.', 'We share the river.', 'We share the river.'],
    ['We share the river.', 'We share the whole river.', 'We share the {+whole +}river.'],
    ['We share it.', 'They own it.', '{-We share-}{+They own+} it.'],
    ['One.', 'One.\nTwo.', 'One.{+\nTwo.+}'],
    ['', 'All new.', '{+All new.+}'],
    ['All gone.', '', '{-All gone.-}'],
  ]
  for (const [before, after, expected] of cases) assert.equal(marked(compare(before, after)), expected)
})

test('both texts can be read out of the marks, of short texts and of long ones', () => {
  const long = (word: string) => Array.from({ length: 3000 }, (_, i) => `${word}${i % 97} is\nso`).join(' ')
  for (const [before, after] of [
    ['a b c d e f', 'a x c y f g'],
    ['Ünïcode 🌊 flows', '🌊 Ünïcode flows down'],
    [long('a'), long('b')],
  ] as const) {
    const pieces = compare(before, after)
    const without = (kind: Piece['kind']) =>
      pieces.filter((piece) => piece.kind !== kind).map(({ text }) => text).join('')
    assert.equal(without('added'), before)
    assert.equal(without('removed'), after)
  }
})

test('lines are kept apart', () => {
  const lines = inLines(compare('One.\nTwo.', 'One.\nTwo and three.'))
  assert.deepEqual(lines.map(marked), ['One.', '{-Two.-}{+Two and three.+}'])
})
