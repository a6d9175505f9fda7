import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { charactersOf } from '../src/statement/delta.ts'
import { anchorAt } from '../src/statement/positions.ts'
import { isDecided, placeOf, readAll, readComment, readEntry, showAll } from '../src/statement/suggestions.ts'
import type { Suggestion } from '../src/types.ts'
import { seeded } from './editor.ts'

const TEXT = 'consensus-statement'

function row(fields: Partial<Suggestion>): Suggestion {
  return {
    id: 's1',
    run: 'r1',
    kind: 'sentence',
    status: 'open',
    base: '',
    text: 'From the row.',
    sources: [],
    unquoted: 0,
    reason: null,
    author: 'Bot',
    start: null,
    end: null,
    decided_by: null,
    decided_at: null,
    decided_text: null,
    edited: false,
    ...fields,
  }
}

function entryMap(fields: Record<string, unknown>): Y.Map<unknown> {
  return new Y.Map(Object.entries(fields))
}

function mapWith(entries: Record<string, unknown>): Y.Map<unknown> {
  const map = new Y.Doc().getMap<unknown>('suggestions')
  for (const [id, value] of Object.entries(entries)) map.set(id, value)
  return map
}

test('an entry nobody vouches for is unverified, whoever it says wrote it', () => {
  const entries = readAll(mapWith({ evil: entryMap({ author: 'Bot', status: 'open', text: new Y.Text('Sign here.') }) }), readEntry)
  const [shown] = showAll([], entries)
  assert.equal(shown!.verified, false)
  assert.equal(shown!.text, 'Sign here.')
})

test('what a row says wins over what the map says', () => {
  const entries = readAll(
    mapWith({ s1: entryMap({ status: 'accepted', text: new Y.Text('Tampered, and longer than the row.'), author: 'Eve' }) }),
    readEntry,
  )
  const [shown] = showAll([row({})], entries)
  assert.deepEqual([shown!.text, shown!.author, shown!.status], ['From the row.', 'Bot', 'open'])
})

test('while it is being written, its words come from the map', () => {
  const entries = readAll(mapWith({ s1: entryMap({ status: 'drafting', text: new Y.Text('From the row. And on') }) }), readEntry)
  assert.equal(showAll([row({ status: 'drafting' })], entries)[0]!.text, 'From the row. And on')
})

test('nonsense in the map is left out, and hides nothing else', () => {
  const junk = () => ({ a: null, b: 1, c: 'text', d: [1], e: { f: 1 }, g: new Y.Array(), h: new Y.Text('x') })
  const good = entryMap({ status: 'open', text: 'Good.' })
  const entries = readAll(mapWith({ ...junk(), good, odd: entryMap({ author: [], status: 7, text: 42, base: {} }) }), readEntry)
  assert.deepEqual([...entries.keys()].sort(), ['good', 'odd'])
  assert.equal(entries.get('odd')!.text, '')
  assert.equal(readAll(mapWith({ ...junk(), c1: entryMap({ text: 5 }) }), readComment).size, 0)
})

test('an entry cannot fill the page', () => {
  const entries = readAll(mapWith({ s: entryMap({ status: 'open', text: 'x'.repeat(1_000_000) }) }), readEntry)
  assert.ok(entries.get('s')!.text.length <= 8000)
  const many = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`s${i}`, entryMap({ status: 'open', text: 'x' })]))
  assert.ok(showAll([], readAll(mapWith(many), readEntry)).length <= 50)
})

test('a place moves with its words, and is gone with them', () => {
  const doc = seeded('We share the water fairly.')
  const text = doc.getText(TEXT)
  const one = { start: anchorAt(text, 13, 'after'), end: anchorAt(text, 18, 'before'), base: 'water' }
  const place = () => placeOf(text, charactersOf(text), one)
  assert.deepEqual(place(), { from: 13, to: 18, intact: true })
  text.insert(0, '😀 ')
  assert.deepEqual(place(), { from: 16, to: 21, intact: true })
  text.insert(18, 'XX')
  assert.deepEqual(place(), { from: 16, to: 23, intact: false })
  text.delete(10, 20)
  assert.equal(place(), null)
})

test('a place beside an opaque unit is counted right', () => {
  const text = seeded('ab water').getText(TEXT)
  text.insertEmbed(1, { image: 'x' })
  const one = { start: anchorAt(text, 4, 'after'), end: anchorAt(text, 9, 'before'), base: 'water' }
  assert.deepEqual(placeOf(text, charactersOf(text), one), { from: 4, to: 9, intact: true })
})

test('anchors that are nonsense have no place, and define nothing in the document', () => {
  const doc = seeded('abc')
  const text = doc.getText(TEXT)
  const nonsense = [
    null,
    undefined,
    'x',
    7,
    {},
    [],
    { item: { client: -1, clock: 1e300 } },
    { item: { client: 1.5, clock: 0 } },
    { item: { client: 99, clock: 5 } },
    { item: 'x' },
    { tname: 'session' },
    { tname: 'evil' },
    { type: { client: 1, clock: 0 } },
  ]
  for (const start of nonsense) assert.equal(placeOf(text, 'abc\n', { start, end: start, base: '' }), null)
  assert.equal(doc.share.has('evil'), false)
})

test('decided suggestions are told apart', () => {
  const shown = showAll([row({}), row({ id: 's2', status: 'stale' }), row({ id: 's3', status: 'withdrawn' })], new Map())
  assert.deepEqual(shown.map(isDecided), [false, true, true])
})
