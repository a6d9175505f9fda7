import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Facts, waitingFor } from '../src/room/overview/waiting.ts'
import { overview } from '../src/strings/overview.ts'
import type { NewsItem } from '../src/room/overview/visits.ts'

const QUIET: Facts = {
  role: 'participant',
  phase: 'refining',
  inputs: 1,
  allInputs: 6,
  people: 6,
  suggestions: 0,
  comments: 0,
  round: null,
  poll: null,
  ruleChosen: true,
  botBusy: false,
  ran: true,
}
const round = { candidates: 4, ranked: false, cast: 2, asked: 6, closes_at: null }
const poll = { mayVote: true, voted: false, closes_at: null }

const ids = (facts: Partial<Facts>) => waitingFor({ ...QUIET, ...facts }).map(({ id }) => id)

test('what waits is told by urgency: what has a deadline first, the sooner the earlier', () => {
  assert.deepEqual(ids({}), [])
  const busy = { inputs: 0, suggestions: 3, comments: 2, round }
  assert.deepEqual(ids(busy), ['rank', 'input', 'suggestions', 'comments'])
  const later = { ...poll, closes_at: '2026-11-27T12:00:00Z' }
  const sooner = { ...round, closes_at: '2026-11-27T09:00:00Z' }
  assert.deepEqual(ids({ poll: later, round: sooner }), ['rank', 'vote'])
  assert.deepEqual(ids({ poll, round: sooner }), ['rank', 'vote'])
})

test('what is done, cannot be done or is not one’s own does not wait', () => {
  assert.deepEqual(ids({ poll: { ...poll, voted: true }, phase: 'deciding' }), [])
  assert.deepEqual(ids({ poll: { ...poll, mayVote: false }, phase: 'deciding' }), [])
  assert.deepEqual(ids({ round: { ...round, ranked: true } }), [])
  assert.deepEqual(ids({ suggestions: 3, inputs: 0, phase: 'deciding' }), [])
  assert.deepEqual(ids({ role: 'observer', suggestions: 3, comments: 3, inputs: 0, round, phase: 'drafting' }), [])
})

test('a facilitator is led from the invitations to the poll', () => {
  const lead = (facts: Partial<Facts>) => ids({ role: 'facilitator', inputs: 0, ...facts })
  assert.deepEqual(lead({ phase: 'gathering', people: 0, allInputs: 0, ran: false }), ['invite'])
  assert.deepEqual(lead({ phase: 'gathering', ran: false }), ['bot'])
  assert.deepEqual(lead({ phase: 'gathering', ran: false, botBusy: true }), [])
  assert.deepEqual(lead({ round }), [])
  assert.deepEqual(lead({ round: { ...round, cast: 6 } }), ['count'])
  assert.deepEqual(lead({ ruleChosen: false }), ['rule'])
  assert.deepEqual(lead({}), ['decide'])
})

test('news name at most a few people', () => {
  const item = (people: string[], count = people.length): NewsItem => ({
    kind: 'comments', at: '', count, people, number: null, outcome: null, phase: null,
  })
  assert.equal(overview.news.comments(item(['Ana'])), '1 new comment by Ana.')
  assert.equal(overview.news.comments(item([], 2)), '2 new comments.')
  assert.equal(overview.news.comments(item(['A', 'B', 'C', 'D', 'E'])), '5 new comments by A, B, and 3 others.')
})
