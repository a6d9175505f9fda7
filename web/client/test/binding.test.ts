import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'prosemirror-state'
import * as Y from 'yjs'
import { backspaceLine, deleteLineBreak, indent, splitLine } from '../src/statement/commands.ts'
import { docOf, runsOf } from '../src/statement/delta.ts'
import { changeBetween } from '../src/statement/diff.ts'
import { bold, bullets, heading, italic, numbers, quote } from '../src/statement/keys.ts'
import { lengthOf } from '../src/statement/positions.ts'
import { connect, dice, Editor, exchange, seeded } from './editor.ts'

const FOX = 'The quick brown fox jumps over the lazy dog'

function pair(content = ''): [Editor, Editor] {
  const a = new Editor(seeded(content, 10))
  const b = new Editor(seeded(content, 20))
  exchange(a.doc, b.doc)
  return [a, b]
}

const plain = (editor: Editor) => editor.text.toString()

const newlines = (editor: Editor) => plain(editor).split('\n').length - 1

/** The unit at an index; embeds count, as they do in the shared text. */
function textAt({ text }: Editor, index: number): string {
  let at = 0
  for (const run of runsOf(text)) {
    const size = 'text' in run ? run.text.length : 1
    if (index < at + size) return 'text' in run ? run.text[index - at]! : ''
    at += size
  }
  return ''
}

const erase: Command = (state, dispatch) => {
  dispatch?.(state.tr.deleteSelection())
  return true
}

test('typing writes into the text and adds no newline', () => {
  const editor = new Editor(seeded())
  editor.type('Water is shared.')
  assert.equal(plain(editor), 'Water is shared.\n')
  editor.run(splitLine)
  editor.type('Fairly.')
  assert.equal(plain(editor), 'Water is shared.\nFairly.\n')
})

test('who has not been in the text yet stays at its start', async () => {
  const [a, b] = pair()
  await null
  const stop = connect(a.doc, b.doc)
  b.type('first')
  assert.equal(a.caret, 0)
  a.type('x')
  assert.equal(plain(b), 'xfirst\n')
  stop()
})

test('an implied last newline stays implied until the edit needs it', () => {
  const editor = new Editor(new Y.Doc())
  editor.type('abc')
  assert.equal(plain(editor), 'abc')
  editor.run(heading)
  assert.deepEqual(editor.text.toDelta(), [{ insert: 'abc' }, { insert: '\n', attributes: { header: 1 } }])

  const other = new Editor(new Y.Doc())
  other.type('abc')
  other.run(splitLine)
  assert.equal(plain(other), 'abc\n\n')
  assert.ok(other.isTrue)
  other.type('d')
  assert.equal(plain(other), 'abc\nd\n')
})

test('Enter at the end of a heading leaves the heading its newline', () => {
  const [a, b] = pair('Title')
  a.run(heading)
  exchange(a.doc, b.doc)
  a.select(5)
  a.run(splitLine)
  b.select(5)
  b.type('!')
  exchange(a.doc, b.doc)
  assert.deepEqual(a.text.toDelta(), [
    { insert: 'Title!' },
    { insert: '\n', attributes: { header: 1 } },
    { insert: '\n' },
  ])
})

test('an edit among equal characters is where the person is', () => {
  const [a, b] = pair('aaaa')
  a.select(2)
  a.type('a')
  assert.equal(a.caret, 3)
  b.select(2)
  b.type('X')
  exchange(a.doc, b.doc)
  assert.match(plain(a), /^aa(aX|Xa)aa\n$/)
})

test('no edit falls between the halves of a surrogate pair', () => {
  const before = new Editor(seeded('a😀b'))
  const after = new Editor(seeded('a😁b'))
  const change = changeBetween(before.state.doc, after.state.doc, 3)!
  assert.deepEqual({ at: change.at, remove: change.remove }, { at: 1, remove: 2 })
  assert.deepEqual(change.insert, [{ text: '😁', attributes: {} }])
})

test('a change of formatting changes only formatting', () => {
  const editor = new Editor(seeded('one two three'))
  editor.select(4, 7)
  const before = editor.state.doc
  editor.run(bold)
  const change = changeBetween(before, editor.state.doc, 7)!
  assert.deepEqual(change, { at: 7, remove: 0, insert: [], formats: [{ at: 4, length: 3, attributes: { bold: true } }] })
  editor.run(bold)
  assert.deepEqual(editor.text.toDelta(), [{ insert: 'one two three\n' }])
})

test('what others write at my caret does not push it, and their text before it carries it along', () => {
  const [a, b] = pair('alpha omega')
  connect(a.doc, b.doc)
  a.select(5)
  b.select(5)
  b.type(' beta')
  assert.equal(a.caret, 5)
  b.select(0)
  b.type('>> ')
  assert.equal(a.caret, 8)
  a.select(8, 3)
  b.select(3)
  b.type('x')
  assert.equal(a.caret, 4)
})

test('Bold that was pressed and not used yet outlives what others write', () => {
  const [a, b] = pair('one')
  connect(a.doc, b.doc)
  a.select(3)
  a.run(bold)
  b.select(0)
  b.type('zero ')
  a.type('!')
  assert.deepEqual(a.text.toDelta(), [
    { insert: 'zero one' },
    { insert: '!', attributes: { bold: true } },
    { insert: '\n' },
  ])
})

test('undo takes back only what this editor wrote', () => {
  const [a, b] = pair()
  connect(a.doc, b.doc)
  a.type('mine ')
  b.select(5)
  b.type('theirs')
  a.binding.undo.undo()
  assert.equal(plain(a), 'theirs\n')
  a.binding.undo.redo()
  assert.equal(plain(a), 'mine theirs\n')
  assert.ok(a.isTrue && b.isTrue)
})

test('an opaque unit stays, can be deleted, and its copy is refused honestly', () => {
  const editor = new Editor(seeded('ab'))
  editor.text.insertEmbed(1, new Y.Map() as unknown as object)
  assert.ok(editor.isTrue)
  editor.select(0)
  editor.type('é')
  assert.equal(editor.text.length, 5)
  const copy = editor.state.doc.slice(3, 4)
  editor.dispatch(editor.state.tr.replace(4, 4, copy))
  assert.ok(editor.isTrue)
  assert.equal(editor.text.length, 5)
  editor.select(2, 3)
  editor.run(erase)
  assert.equal(plain(editor), 'éab\n')
  assert.ok(editor.isTrue)
})

test('attributes of other programs survive an edit beside them', () => {
  const editor = new Editor(seeded())
  editor.text.applyDelta([
    { insert: 'red', attributes: { color: 'red' } },
    { insert: ' x' },
    { retain: 1, attributes: { align: 'right', 'code-block': true } },
  ])
  editor.select(3)
  editor.type('der')
  assert.deepEqual(editor.text.toDelta(), [
    { insert: 'redder', attributes: { color: 'red' } },
    { insert: ' x' },
    { insert: '\n', attributes: { align: 'right', 'code-block': true } },
  ])
})

test('lists join when what was between them goes', () => {
  const editor = new Editor(seeded('a\nb\nc'))
  editor.select(0)
  editor.run(bullets)
  editor.select(4)
  editor.run(bullets)
  assert.equal(editor.state.doc.childCount, 3)
  editor.select(1, 3)
  editor.run(erase)
  assert.equal(editor.state.doc.toString(), 'doc(list(item("a"), item("c")))')
  assert.ok(editor.isTrue)
})

test('Backspace at the start of a line takes its kind away, then the line break', () => {
  const editor = new Editor(seeded('a\nb'))
  editor.select(0)
  editor.run(bullets)
  editor.select(2)
  editor.run(bullets)
  editor.run(indent(1))
  editor.run(backspaceLine)
  assert.equal(editor.state.doc.toString(), 'doc(list(item("a"), item("b")))')
  editor.run(backspaceLine)
  assert.equal(editor.state.doc.toString(), 'doc(list(item("a")), paragraph("b"))')
  editor.run(backspaceLine)
  assert.deepEqual(editor.text.toDelta(), [{ insert: 'ab' }, { insert: '\n', attributes: { list: 'bullet' } }])
  assert.equal(editor.caret, 1)
})

test('Enter in an empty item ends the list', () => {
  const editor = new Editor(seeded('a'))
  editor.run(numbers)
  editor.select(1)
  editor.run(splitLine)
  assert.equal(editor.state.doc.toString(), 'doc(list(item("a"), item))')
  editor.run(splitLine)
  assert.equal(editor.state.doc.toString(), 'doc(list(item("a")), paragraph)')
  assert.ok(editor.isTrue)
})

test('Delete at the end of a line joins the next', () => {
  const editor = new Editor(seeded('a\nb\nc'))
  editor.select(3)
  editor.run(deleteLineBreak)
  assert.equal(plain(editor), 'a\nbc\n')
})

test('50,000 characters: a key stays cheap', () => {
  const line = 'Every word of this sentence was agreed by all of us. '.repeat(2).trim()
  const editor = new Editor(seeded(Array.from({ length: 480 }, () => line).join('\n')))
  assert.ok(editor.text.length > 50_000)
  editor.select(25_000)
  editor.type('warm up')
  const started = performance.now()
  editor.type('x'.repeat(50))
  const perKey = (performance.now() - started) / 50
  assert.ok(perKey < 15, `${perKey.toFixed(1)} ms a key`)
})

// What two people do apart, then meet. None of it may tear a word out of its place or write it twice.
const apart: [name: string, a: (e: Editor) => void, b: (e: Editor) => void, expected: RegExp][] = [
  ['A splits, B types in the second half', (e) => (e.select(16), e.run(splitLine)), (e) => (e.select(31), e.type('VERY ')), /^The quick brown \nfox jumps over VERY the lazy dog\n$/],
  ['both split', (e) => (e.select(16), e.run(splitLine)), (e) => (e.select(31), e.run(splitLine)), /^The quick brown \nfox jumps over \nthe lazy dog\n$/],
  ['A makes a heading, B types', (e) => e.run(heading), (e) => (e.select(31), e.type('VERY ')), /^The quick brown fox jumps over VERY the lazy dog\n$/],
  ['A makes a list, B types', (e) => e.run(bullets), (e) => (e.select(31), e.type('VERY ')), /^The quick brown fox jumps over VERY the lazy dog\n$/],
  ['A makes a range bold, B types in it', (e) => (e.select(4, 30), e.run(bold)), (e) => (e.select(16), e.type('red ')), /^The quick brown red fox jumps over the lazy dog\n$/],
  ['A makes a list, B a heading', (e) => e.run(bullets), (e) => e.run(heading), /^The quick brown fox jumps over the lazy dog\n$/],
]
for (const [name, actA, actB, expected] of apart)
  test(`apart, then together: ${name}`, () => {
    const [a, b] = pair(FOX)
    actA(a)
    actB(b)
    exchange(a.doc, b.doc)
    assert.match(plain(a), expected)
    assert.equal(plain(b), plain(a))
    assert.ok(a.isTrue && b.isTrue)
    assert.ok(a.state.doc.eq(b.state.doc))
  })

test('random work by three people, partly apart: everybody sees the text, and the same', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = dice(seed)
    const editors = [30, 20, 10].map((id) => new Editor(seeded('', id)))
    for (let step = 0; step < 150; step++) {
      const editor = random.pick(editors)
      const length = lengthOf(editor.state.doc) - 1
      // A person cannot put the caret inside a character; programs that cut one in half get U+FFFD from Yjs.
      const whole = (index: number) => (/[\udc00-\udfff]/.test(textAt(editor, index)) ? index - 1 : index)
      const at = whole(random.below(length + 1))
      const to = Math.max(at, whole(Math.min(at + random.below(8), length)))
      editor.select(random.chance(0.5) ? at : to, random.chance(0.7) ? at : to)
      const acts: (() => unknown)[] = [
        () => editor.type(random.pick(['a', 'é', '😀', 'two words', '  ', 'aaa'])),
        () => editor.run(erase),
        () => editor.run(random.pick([splitLine, backspaceLine, deleteLineBreak])),
        () => editor.run(random.pick([bold, italic, heading, quote, bullets, numbers, indent(1), indent(-1)])),
        () => random.pick([editor.binding.undo.undo.bind(editor.binding.undo), editor.binding.undo.redo.bind(editor.binding.undo)])(),
        () => editor.text.insertEmbed(at, { mention: step }),
        () => editor.text.format(at, to - at, { [random.pick(['header', 'list', 'x'])]: random.pick([1, 'bullet', null]) }),
      ]
      random.pick(acts)()
      assert.ok(editor.isTrue, `seed ${seed} step ${step}: ${editor.state.doc} is not ${docOf(editor.text)}`)
      editor.state.doc.check()
      if (random.chance(0.3)) exchange(random.pick(editors).doc, random.pick(editors).doc)
    }
    for (let i = 0; i < 3; i++) for (const { doc } of editors) exchange(editors[0]!.doc, doc)
    // Yjs drops markers that change nothing after a merge; that is one more edit to pass on.
    for (const { doc } of editors) exchange(editors[0]!.doc, doc)
    for (const editor of editors) {
      assert.ok(editor.isTrue, `seed ${seed}: not what the text says`)
      assert.ok(editor.state.doc.eq(editors[0]!.state.doc), `seed ${seed}: ${editor.state.doc} ${editors[0]!.state.doc}`)
    }
  }
})

test('random typing by three people: every word is there once, whole, and no newline was invented', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = dice(seed)
    const editors = [30, 20, 10].map((id) => new Editor(seeded('', id)))
    const words: string[] = []
    let breaks = 1
    const pass = () => exchange(random.pick(editors).doc, random.pick(editors).doc)
    for (let step = 0; step < 60; step++) {
      const editor = random.pick(editors)
      const content = plain(editor)
      // Never beside a word: its writer may be in the midst of it, and two who write at one place take turns.
      const gaps = [...` ${content}`.matchAll(/\s(?=\s)/g)].map(({ index }) => index)
      editor.select(random.pick(gaps))
      if (random.chance(0.15)) {
        editor.run(splitLine)
        // Enter in an empty item only ends the list.
        breaks += newlines(editor) - (content.split('\n').length - 1)
      } else if (random.chance(0.15)) {
        editor.run(random.pick([heading, bullets, quote, numbers]))
      } else {
        const word = `w${step}${random.pick(['', 'é', '😀'])}${'x'.repeat(random.below(4))}`
        words.push(word)
        editor.type('    ')
        editor.select(editor.caret - 2)
        for (const character of word) {
          editor.type(character)
          if (random.chance(0.2)) pass()
        }
      }
      if (random.chance(0.5)) pass()
    }
    for (let i = 0; i < 3; i++) for (const { doc } of editors) exchange(editors[0]!.doc, doc)
    const content = plain(editors[0]!)
    for (const word of words)
      assert.equal(content.split(/\s+/).filter((found) => found === word).length, 1, `seed ${seed}: ${word} in ${content}`)
    assert.equal(newlines(editors[0]!), breaks, `seed ${seed}`)
    for (const editor of editors) assert.equal(plain(editor), content)
  }
})
