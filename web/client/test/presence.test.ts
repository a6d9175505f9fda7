import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Awareness } from 'y-protocols/awareness'
import { everybody, initials, personOf, tintOf } from '../src/sync/presence.ts'

const room = (...states: object[]) => ({ getStates: () => new Map(states.entries()) }) as unknown as Awareness

test('each person is there once, however many tabs, and the bot comes last', () => {
  const bot = { user: { id: 'bot', name: 'Bot', role: 'bot' } }
  const ana = { user: { id: 'a', name: 'Ana', role: 'participant' } }
  const people = everybody(room(bot, ana, ana, { cursor: null }, { user: { id: 'b', name: 'Bo' } }))
  assert.deepEqual(people.map(({ name }) => name), ['Ana', 'Bo', 'Bot'])
})

test('states that do not say who they are are nobody', () => {
  for (const state of [{}, { user: null }, { user: 'Ana' }, { user: { name: 7 } }, { user: { name: '  ' } }, { user: [] }])
    assert.equal(personOf(state), null)
  assert.equal(personOf({ user: { name: 'x'.repeat(500) } })!.name.length, 80)
})

test('what the bot does is believed only in the words we know', () => {
  const doing = (bot: unknown) => personOf({ user: { name: 'Bot' }, bot })!.doing
  assert.deepEqual(doing({ activity: 'drafting', sentence: 3 }), { activity: 'drafting', sentence: 3 })
  assert.deepEqual(doing({ activity: 'drafting', sentence: 'many' }), { activity: 'drafting', sentence: 0 })
  for (const odd of [null, 'drafting', { activity: '<b>' }, {}]) assert.equal(doing(odd), null)
})

test('initials are whole characters', () => {
  assert.equal(initials('Ana Maria Ruiz'), 'AR')
  assert.equal(initials('李'), '李')
  assert.equal(initials('👩‍🚀 Zoë'), '👩‍🚀Z')
  assert.equal(initials('  '), '?')
})

test('the first eight who joined have colours of their own', () => {
  const joined = Array.from({ length: 8 }, (_, i) => ({ id: `p${i}` }))
  assert.equal(new Set(joined.map(({ id }) => tintOf(id, joined))).size, 8)
  assert.match(tintOf('a guest', joined), /^tint-[0-7]$/)
})
