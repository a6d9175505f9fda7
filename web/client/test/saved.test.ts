import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Saved } from '../src/sync/saved.ts'

/** A page whose connection is up and whose first mark has come back. */
function open(): Saved {
  const saved = new Saved()
  saved.opened()
  saved.returned(saved.offered())
  return saved
}

test('before anything has come back, nothing is claimed', () => {
  const saved = new Saved()
  assert.equal(saved.word, 'connecting')
  saved.opened()
  assert.equal(saved.word, 'connecting')
  const mark = saved.offered()
  assert.equal(saved.word, 'connecting')
  saved.returned(mark)
  assert.equal(saved.word, 'saved')
})

test('saved is the return of the newest mark, not of an older one', () => {
  const saved = open()
  const first = saved.edited()!
  const second = saved.edited()!
  assert.equal(saved.word, 'saving')
  saved.returned(first)
  assert.equal(saved.word, 'saving')
  saved.returned(second)
  assert.equal(saved.word, 'saved')
  assert.equal(saved.pending, false)
})

test('what is written offline waits for the next connection to be offered', () => {
  const saved = open()
  saved.closed()
  assert.equal(saved.edited(), null)
  assert.equal(saved.word, 'offline')
  saved.opened()
  assert.equal(saved.word, 'saving')
  // Written before the server's question was answered: the answer carries it, and only the mark after counts.
  assert.equal(saved.edited(), null)
  const mark = saved.offered()
  assert.equal(saved.word, 'saving')
  saved.returned(mark)
  assert.equal(saved.word, 'saved')
})

test('a mark from before a second question does not say that its answer is kept', () => {
  const saved = open()
  const before = saved.edited()!
  const after = saved.offered()
  saved.returned(before)
  assert.equal(saved.word, 'saving')
  saved.returned(after)
  assert.equal(saved.word, 'saved')
})

test('a mark that was never sent says nothing', () => {
  const saved = open()
  saved.edited()
  saved.returned(9999)
  assert.equal(saved.word, 'saving')
})

test('a connection that never came is offline', () => {
  const saved = new Saved()
  saved.failed()
  assert.equal(saved.word, 'offline')
  assert.equal(saved.pending, true)
})
