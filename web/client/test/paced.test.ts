import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { nameIn } from '../src/download.ts'
import { paced } from '../src/paced.ts'

test('whoever asks often is answered once in a while', () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  let done = 0
  const pace = paced(() => done++, 1000)
  for (let i = 0; i < 50; i++) pace.soon()
  assert.equal(done, 0)
  mock.timers.tick(1000)
  assert.equal(done, 1)
  mock.timers.tick(5000)
  assert.equal(done, 1)
  pace.soon()
  pace.stop()
  mock.timers.tick(5000)
  assert.equal(done, 1)
  mock.timers.reset()
})

test('a file is called what the server calls it, and never leads out of its folder', () => {
  assert.equal(nameIn('attachment; filename="water.pdf"'), 'water.pdf')
  for (const odd of [null, '', 'attachment', 'attachment; filename="../x"', 'attachment; filename="a\\b"'])
    assert.equal(nameIn(odd), null)
})
