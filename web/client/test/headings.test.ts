import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { runsOf } from '../src/statement/delta.ts'
import { headingsIn, underHeadings } from '../src/statement/headings.ts'

function textOf(...pieces: [string, object?][]): Y.Text {
  const text = new Y.Doc().getText('t')
  text.applyDelta(pieces.map(([insert, attributes]) => ({ insert, ...(attributes ? { attributes } : {}) })))
  return text
}

test('headings are found where they begin, whatever stands before them', () => {
  const text = textOf(['😀 intro\nWater '], ['first', { bold: true }], ['\n', { header: 2 }], ['Text.\n \n'], ['\n', { header: 1 }])
  assert.deepEqual(headingsIn(runsOf(text)), [{ at: 9, text: 'Water first' }])
  text.insertEmbed(0, { image: 'x' })
  assert.equal(headingsIn(runsOf(text))[0]!.at, 10)
})

test('each thing stands under the last heading before it, and a heading that comes twice is two', () => {
  const headings = [
    { at: 10, text: 'Costs' },
    { at: 50, text: 'Costs' },
  ]
  const groups = underHeadings([3, 10, 12, 60], (at) => at, headings)
  assert.deepEqual(
    groups.map(({ heading, some }) => [heading?.at ?? null, some]),
    [[null, [3]], [10, [10, 12]], [50, [60]]],
  )
  assert.deepEqual(underHeadings([1, 2], (at) => at, []), [{ heading: null, some: [1, 2] }])
})
