import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api } from '../src/api.ts'
import { fingerprintOf } from '../src/room/documents/fingerprint.ts'
import { unreadable } from '../src/room/documents/kinds.ts'
import { cutAt, excerptOf, marksIn } from '../src/room/documents/marks.ts'
import { Reading } from '../src/room/documents/reading.ts'
import { wordsOfPlace, wordsOfPlaces, wordsOfSize } from '../src/room/documents/words.ts'

const marked = (text: string, query: string) =>
  cutAt(text, marksIn(text, query)).filter((piece) => piece.marked).map((piece) => piece.text)

test('words that were looked for are marked whole, whatever their case and accents', () => {
  assert.deepEqual(marked('The Hafen, the HÁFEN, the Hafenkante.', 'hafen'), ['Hafen', 'HÁFEN'])
  assert.deepEqual(marked('Ships wait; ships sail.', '"ships sail" wait'), ['Ships', 'wait', 'ships', 'sail'])
  assert.deepEqual(marked('a.b <b>c</b>', 'b'), ['b', 'b', 'b'])
  assert.deepEqual(marked('nothing', '?!  '), [])
})

test('scripts without spaces and those that run from right to left are marked too', () => {
  assert.deepEqual(marked('旱季的水属于大家', '水'), ['水'])
  assert.deepEqual(marked('港の水は水', '水'), ['水', '水'])
  assert.deepEqual(marked('المياه للجميع', 'للجميع'), ['للجميع'])
})

test('cutting loses nothing', () => {
  const text = '👩‍🚀 Zoë reads naïve Ωmega 港'
  for (const query of ['zoe', 'reads omega', '港', 'x', ''])
    assert.equal(cutAt(text, marksIn(text, query)).map((piece) => piece.text).join(''), text)
})

test('an excerpt is about the first mark and no half character', () => {
  const passage = `${'before 😀 '.repeat(100)}harbour${' after 😀'.repeat(100)}`
  const found = excerptOf(passage, 'harbour')
  assert.match(found, /^… .*harbour.* …$/u)
  assert.ok(found.length < 400)
  assert.doesNotThrow(() => encodeURIComponent(found))
  assert.equal(excerptOf('short\n\n  text', 'x'), 'short text')
})

test('places and sizes are said as people say them', () => {
  assert.equal(wordsOfPlace({ kind: 'page', number: 12 }), 'p. 12')
  assert.equal(wordsOfPlace({ kind: 'slide', number: 3, part: 'notes' }), 'slide 3, notes')
  assert.equal(wordsOfPlace({ kind: 'row', number: 7, sheet: 'Budget' }), 'Budget, row 7')
  assert.equal(wordsOfPlace({ kind: 'under', headings: ['Harbour', 'Ships'] }), 'Harbour › Ships')
  assert.equal(wordsOfPlace({ kind: 'under' }), '')
  assert.equal(wordsOfPlace({ kind: 'span', start: 92, end: 95 }), '01:32')
  assert.equal(wordsOfPlace(null), '')
  assert.equal(wordsOfPlaces([{ kind: 'page', number: 6 }, { kind: 'page', number: 7 }]), 'p. 6–7')
  assert.equal(wordsOfPlaces([{ kind: 'page', number: 6 }, { kind: 'page', number: 6 }]), 'p. 6')
  assert.match(wordsOfSize(0), /^0 byte/)
  assert.match(wordsOfSize(2_000_000_000), /^2 GB/)
})

test('what cannot be read is told before it is sent', () => {
  const why = (name: string, type = '', size = 1, reads = false) =>
    unreadable(new File(['x'.repeat(size)], name, { type }), false, reads)
  assert.equal(why('IMG_1.HEIC'), 'picture')
  assert.equal(why('photo', 'image/jpeg'), 'picture')
  assert.equal(why('photo', 'image/jpeg', 1, true), null)
  assert.equal(why('IMG_1.HEIC', 'image/heic', 1, true), 'picture')
  assert.equal(why('a.png', '', 0, true), 'empty')
  assert.equal(why('talk.m4a', 'audio/mp4'), 'recording')
  assert.equal(why('all.zip', 'application/zip'), 'archive')
  assert.equal(why('a.txt', '', 0), 'empty')
  for (const name of ['a.pdf', 'b.docx', 'c', 'd.unknown']) assert.equal(why(name), null)
  assert.equal(unreadable(new File([], 'folder'), true, true), 'folder')
})

test('the same file has the same fingerprint, a changed one of the same size another', async () => {
  const bytes = new Uint8Array(3_000_000).map((_, at) => at % 251)
  const file = (change?: number) => {
    const copy = bytes.slice()
    if (change !== undefined) copy[change]! ^= 1
    return new File([copy], 'a.pdf')
  }
  const first = await fingerprintOf(file())
  assert.equal(await fingerprintOf(file()), first)
  for (const at of [0, bytes.length - 1, 10_000]) assert.notEqual(await fingerprintOf(file(at)), first)
  const small = new File(['one'], 'a'), other = new File(['two'], 'a')
  assert.notEqual(await fingerprintOf(small), await fingerprintOf(other))
})

/** A server with one document: lines of an emoji and a word, each its own block. */
function server(lines: number): { api: Api; text: string[]; asked: string[] } {
  const text = Array.from(Array.from({ length: lines }, (_, at) => `😀 line ${at}`).join('\n\n'))
  const asked: string[] = []
  let start = 0
  const blocks = Array.from({ length: lines }, (_, at) => {
    const length = Array.from(`😀 line ${at}`).length
    const block = { kind: 'paragraph', start, end: start + length, level: 0, place: { kind: 'page', number: 1 } }
    start += length + 2
    return block
  })
  const api = (async (_method: string, path: string) => {
    asked.push(path)
    const query = new URLSearchParams(path.split('?')[1])
    const from = Number(query.get('start')), to = Math.min(Number(query.get('end')), text.length)
    return {
      text: text.slice(from, to).join(''),
      start: from,
      end: to,
      of: text.length,
      blocks: blocks.filter((block) => block.end > from && block.start < to),
    }
  }) as Api
  return { api, text, asked }
}

test('a long document comes in pieces from the middle on, and no character is lost or twice', async () => {
  const { api, text, asked } = server(8000)
  const reading = new Reading(api, '/d')
  await reading.openAt(50_000)
  assert.equal(asked.length, 1)
  assert.ok(reading.from.value > 0 && reading.from.value <= 50_000 && reading.to.value > 50_000)
  while (reading.from.value > 0) await reading.earlier()
  while (reading.to.value < text.length) await reading.later()
  assert.equal(reading.blocks.value.length, 8000)
  assert.deepEqual(
    reading.blocks.value.map((block) => block.text),
    Array.from({ length: 8000 }, (_, at) => `😀 line ${at}`),
  )
})

test('what is loaded already is not asked for again, and a failed piece can be asked for again', async () => {
  const { api, asked } = server(8000)
  const reading = new Reading(api, '/d')
  await reading.openAt(0)
  await reading.openAt(100)
  assert.equal(asked.length, 1)
  let broken = true
  const failing = new Reading((async (...call: Parameters<Api>) => {
    if (broken) throw new Error('offline')
    return api(...call)
  }) as Api, '/d')
  await failing.openAt(0)
  assert.ok(failing.problem.value)
  broken = false
  await failing.openAt(0)
  assert.equal(failing.problem.value, null)
  assert.ok(failing.blocks.value.length > 0)
})
