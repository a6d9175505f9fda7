import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { linesFromRuns, runsOf } from '../src/statement/delta.ts'
import { attributesOfMarks, blocksFrom, docFrom, linesOf, marksFrom } from '../src/statement/lines.ts'
import { lengthOf } from '../src/statement/positions.ts'
import type { Attributes } from '../src/statement/schema.ts'
import { dice } from './editor.ts'

function textOf(write: (text: Y.Text) => void): Y.Text {
  const text = new Y.Doc().getText('t')
  write(text)
  return text
}

const shape = (text: Y.Text) => docFrom(linesFromRuns(runsOf(text))).toString()

test('a text without a last newline has an implied one', () => {
  assert.equal(shape(textOf(() => {})), 'doc(paragraph)')
  assert.equal(shape(textOf((text) => text.insert(0, 'a'))), 'doc(paragraph("a"))')
  assert.equal(shape(textOf((text) => text.insert(0, 'a\n'))), 'doc(paragraph("a"))')
  assert.equal(shape(textOf((text) => text.insert(0, 'a\n\n'))), 'doc(paragraph("a"), paragraph)')
})

test('consecutive items of one kind are one list', () => {
  const text = textOf((it) => {
    it.applyDelta([
      { insert: 'a' },
      { insert: '\n', attributes: { list: 'bullet' } },
      { insert: 'b' },
      { insert: '\n', attributes: { list: 'bullet', indent: 1 } },
      { insert: 'c' },
      { insert: '\n', attributes: { list: 'ordered' } },
      { insert: 'd' },
      { insert: '\n', attributes: { header: 2 } },
    ])
  })
  assert.equal(shape(text), 'doc(list(item("a"), item("b")), list(item("c")), heading("d"))')
})

test('the runs agree with Yjs on everything it shows', () => {
  const random = dice(7)
  for (let round = 0; round < 200; round++) {
    const text = textOf((it) => {
      for (let i = 0; i < 40; i++) {
        const at = random.below(it.length + 1)
        const length = Math.min(random.below(5), it.length - at)
        const kind = random.below(4)
        if (kind === 0) it.delete(at, length)
        else if (kind === 1) it.format(at, length, { bold: random.chance(0.7) || null, header: random.pick([1, 2, null]) })
        else if (kind === 2) it.insertEmbed(at, { image: `${i}.png` })
        else it.insert(at, random.pick(['a', 'bc', '\n', 'é😀', ' ']))
      }
    })
    const ours = runsOf(text).map((run) => ({
      insert: 'text' in run ? run.text : run.embed.value,
      ...(run.attributes ? { attributes: run.attributes } : {}),
    }))
    // Yjs parts runs at markers that change nothing; put both in the joined form.
    const joined = (delta: { insert?: unknown; attributes?: object }[]) =>
      delta.reduce<{ insert: unknown; attributes: string }[]>((all, { insert, attributes = {} }) => {
        const key = JSON.stringify(Object.entries(attributes).sort())
        const last = all.at(-1)
        if (typeof insert === 'string' && typeof last?.insert === 'string' && last.attributes === key)
          last.insert += insert
        else all.push({ insert, attributes: key })
        return all
      }, [])
    assert.deepEqual(joined(ours), joined(text.toDelta()))
  }
})

test('every unit of the text is accounted for, whatever another program put in', () => {
  const text = textOf((it) => {
    it.insert(0, 'ab\ncd\n')
    it.insertEmbed(1, { formula: 'x' })
    it.insertEmbed(3, new Y.Map() as unknown as object)
    it.insertEmbed(0, 'a string' as unknown as object)
  })
  const doc = text.doc!
  doc.transact((transaction) => {
    const id = Y.createID(doc.clientID, Y.getState(doc.store, doc.clientID))
    const last = text._start!
    new Y.Item(id, last, last.lastId, last.right, last.right?.id ?? null, text, null, new Y.ContentAny([1, 2, 3])).integrate(transaction, 0)
  })
  assert.equal(lengthOf(docFrom(linesFromRuns(runsOf(text)))), text.length)
})

test('attributes survive the way through the editor, known or not', () => {
  const random = dice(3)
  const values = [1, 2, 7, 0, -1, 1.5, true, false, 'bullet', 'ordered', 'checked', 'right', '', null, { deep: [1] }]
  const keys = ['header', 'list', 'blockquote', 'indent', 'align', 'bold', 'toString']
  for (let round = 0; round < 2000; round++) {
    const attributes: Attributes = {}
    for (const key of keys) if (random.chance(0.3)) attributes[key] = random.pick(values)
    const lines = linesFromRuns([{ text: 'x\n', attributes }])
    assert.deepEqual(linesOf(docFrom(lines))[0]!.attributes, attributes)
    assert.deepEqual(attributesOfMarks(marksFrom(attributes)), attributes)
  }
})

test('blocks and lines are two forms of the same', () => {
  const lines = linesFromRuns([
    { text: 'a' },
    { text: '\n', attributes: { list: 'bullet', header: 2 } },
    { text: 'b', attributes: { color: 'red' } },
    { text: '\n', attributes: { list: 'bullet' } },
  ])
  const doc = docFrom(lines)
  assert.deepEqual(linesOf(doc), lines)
  assert.equal(blocksFrom(lines).length, 1)
  doc.check()
})
