import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findSentences, rangeAt } from '../src/statement/sentences.ts'

test('sentences are found in their order, and one that is gone hides none behind it', () => {
  const text = 'We share.\nWe share. 😀 Nobody swims.\n'
  const found = findSentences(text, ['We share.', 'We share.', 'It was deleted.', 'Nobody swims.'])
  assert.deepEqual(found.slice(0, 3), [{ from: 0, to: 9 }, { from: 10, to: 19 }, null])
  assert.equal(text.slice(found[3]!.from, found[3]!.to), 'Nobody swims.')
})

test('one that stands in front of its turn now is not mistaken for another', () => {
  assert.deepEqual(findSentences('B. A.', ['A.', 'B.']), [{ from: 3, to: 5 }, null])
  assert.deepEqual(findSentences('anything', ['']), [null])
})

test('a place belongs to the sentence it is in, its edges included', () => {
  const ranges = findSentences('One. Two.', ['One.', 'gone', 'Two.'])
  assert.deepEqual([0, 4, 5, 9].map((at) => rangeAt(ranges, at)), [0, 0, 2, 2])
  assert.equal(rangeAt(ranges, 99), -1)
  assert.equal(rangeAt([], 0), -1)
})
