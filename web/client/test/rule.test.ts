import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inUnits, isDefault, needed, voicesNow } from '../src/room/voting/rule.ts'
import type { Rule } from '../src/room/voting/types.ts'
import { fromNow } from '../src/strings/times.ts'
import { ruleInWords } from '../src/strings/voting.ts'

const UNANIMITY: Rule = { kind: 'unanimity', per: 'person', approvals: null, quorum: 1, minutes: null, facilitators: false }
const FIVE: Rule = { ...UNANIMITY, kind: 'k_of_n', approvals: 5, quorum: 6 }

test('a rule is told in plain words', () => {
  const cases: [Rule, number, RegExp][] = [
    [UNANIMITY, 7, /^Agreed when all 7 people approve\.$/],
    [UNANIMITY, 1, /^Agreed when the only one asked approves\.$/],
    [FIVE, 7, /^Agreed when at least 5 of 7 people approve\. At least 6 must have voted; to abstain counts as voting\.$/],
    [{ ...FIVE, per: 'delegation' }, 7, /5 of 7 voices approve.*A delegation is one voice/],
    [{ ...UNANIMITY, kind: 'no_objection', minutes: 60 }, 3, /deadline if nobody objects and at least one approves\.$/],
  ]
  for (const [rule, of, expected] of cases) assert.match(ruleInWords(rule, of), expected)
})

test('voices are people or delegations, and facilitators only where the rule says so', () => {
  const people = [
    { role: 'facilitator', delegation: null },
    { role: 'observer', delegation: 'Towns' },
    { role: 'participant', delegation: 'Farms' },
    { role: 'participant', delegation: 'Farms' },
    { role: 'participant', delegation: null },
  ] as const
  assert.equal(voicesNow(UNANIMITY, people), 3)
  assert.equal(voicesNow({ ...UNANIMITY, facilitators: true }, people), 4)
  assert.equal(voicesNow({ ...UNANIMITY, per: 'delegation' }, people), 2)
  assert.equal(voicesNow({ ...UNANIMITY, per: 'delegation', facilitators: true }, people), 3)
})

test('only what nobody has touched is the default', () => {
  assert.ok(isDefault({ rule: UNANIMITY, secret: false }))
  for (const change of [{ kind: 'k_of_n' }, { per: 'delegation' }, { quorum: 2 }, { minutes: 5 }, { facilitators: true }] as const)
    assert.ok(!isDefault({ rule: { ...UNANIMITY, ...change }, secret: false }))
  assert.ok(!isDefault({ rule: UNANIMITY, secret: true }))
})

test('a rule needs as many voices as must approve or vote', () => {
  assert.equal(needed(FIVE), 6)
  assert.equal(needed({ ...FIVE, quorum: 2 }), 5)
  assert.deepEqual([inUnits(2880), inUnits(180), inUnits(90)], [[2, 'days'], [3, 'hours'], [90, 'minutes']])
})

test('a deadline is never said to be further away than it is', () => {
  const now = Date.parse('2026-11-26T12:00:00Z')
  const at = (seconds: number) => fromNow(new Date(now + seconds * 1000).toISOString(), now)
  assert.equal(at(2 * 86_400 + 3600), 'in 2 days')
  assert.equal(at(2 * 86_400 - 1), 'in 47 hours')
  assert.equal(at(119 * 60), 'in 119 minutes')
  assert.equal(at(59), 'in less than a minute')
  assert.equal(at(-5), 'just now')
  assert.equal(at(-3600 * 3), '3 hours ago')
})
