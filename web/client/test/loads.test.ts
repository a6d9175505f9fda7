import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock, test } from 'node:test'
import { Problem } from '../src/api.ts'
import { Loads } from '../src/room/loads.ts'

beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }))
afterEach(() => mock.timers.reset())

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A load that counts how often it is asked for; `fail` says what goes wrong next. */
function counted() {
  const load = async () => {
    load.asked += 1
    if (load.fail) throw load.fail
  }
  load.asked = 0
  load.fail = null as Problem | null
  return load
}

const busy = new Problem('status-503', 503, 'Busy.')

/** Something kept that was asked for once, and did not come. */
function failing() {
  const loads = new Loads()
  const load = counted()
  load.fail = busy
  loads.keep('it', load)
  loads.all()
  return { loads, load }
}

async function pass(ms: number) {
  mock.timers.tick(ms)
  await turn()
}

test('what is kept is asked for from when all is asked for, and each time', () => {
  const loads = new Loads()
  const [early, late] = [counted(), counted()]
  const stop = loads.keep('early', early)
  assert.equal(early.asked, 0)
  loads.all()
  loads.keep('late', late)
  assert.deepEqual([early.asked, late.asked], [1, 1])
  stop()
  loads.all()
  assert.deepEqual([early.asked, late.asked], [1, 2])
})

test('what many events tell of is asked for once, and not put off by more of them', async () => {
  const loads = new Loads()
  const load = counted()
  for (let i = 0; i < 10; i++) {
    loads.later('it', load)
    await pass(50)
  }
  assert.ok(load.asked >= 3, `${load.asked}`)
  assert.ok(load.asked <= 5, `${load.asked}`)
})

test('what does not come is asked for again, less and less often, until it comes', async () => {
  const { load } = failing()
  await turn()
  await pass(1600)
  assert.equal(load.asked, 2)
  for (let second = 0; second < 300; second++) await pass(1000)
  assert.ok(load.asked > 8, `${load.asked}`)
  assert.ok(load.asked < 30, `${load.asked}`)
  load.fail = null
  const asked = load.asked
  await pass(60_000)
  await pass(600_000)
  assert.equal(load.asked, asked + 1)
})

test('an event is not kept waiting by a failure', async () => {
  const { loads, load } = failing()
  await turn()
  load.fail = null
  loads.later('it', load)
  await pass(120)
  assert.equal(load.asked, 2)
  await pass(60_000)
  assert.equal(load.asked, 2)
})

test('what cannot come, and what nobody keeps any more, is not asked for again', async () => {
  const errors = mock.method(console, 'error', () => {})
  const loads = new Loads()
  const [forbidden, dropped, left] = [counted(), counted(), counted()]
  forbidden.fail = new Problem('forbidden', 403, 'No.')
  dropped.fail = busy
  left.fail = busy
  loads.keep('forbidden', forbidden)
  const drop = loads.keep('dropped', dropped)
  loads.keep('left', left)
  loads.all()
  await turn()
  drop()
  loads.stop()
  await pass(600_000)
  assert.deepEqual([forbidden.asked, dropped.asked, left.asked], [1, 1, 1])
  assert.equal(errors.mock.callCount(), 1)
})

test('a failure after one stopped is the end of it', async () => {
  const loads = new Loads()
  const load = counted()
  load.fail = busy
  const stop = loads.keep('it', load)
  loads.all()
  stop()
  await turn()
  await pass(600_000)
  assert.equal(load.asked, 1)
})
