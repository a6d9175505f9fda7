/** The decision rule, as far as a page has to think about it. The server alone decides. */
import type { Participant } from '../../types.ts'
import type { Deliberation, Rule } from './types.ts'

type Asked = Pick<Participant, 'role' | 'delegation'>

/** How many voices there would be if people were asked now. */
export function voicesNow(rule: Pick<Rule, 'per' | 'facilitators'>, people: readonly Asked[]): number {
  const asked = people.filter(({ role }) => role === 'participant' || (rule.facilitators && role === 'facilitator'))
  if (rule.per === 'person') return asked.length
  const delegations = new Set(asked.flatMap(({ delegation }) => delegation ?? []))
  return delegations.size + asked.filter(({ delegation }) => !delegation).length
}

/** Nobody has chosen: the rule is what a new session begins with. */
export function isDefault({ rule, secret }: Pick<Deliberation, 'rule' | 'secret'>): boolean {
  const { kind, per, quorum, minutes, facilitators } = rule
  return kind === 'unanimity' && per === 'person' && quorum === 1 && minutes === null && !facilitators && !secret
}

/** How many voices a rule needs at least; it cannot be met by fewer. */
export function needed(rule: Rule): number {
  return Math.max(rule.approvals ?? 1, rule.quorum)
}

export const UNITS = { minutes: 1, hours: 60, days: 1440 } as const
export type Unit = keyof typeof UNITS

/** Minutes in the largest unit that has them whole. */
export function inUnits(minutes: number): [amount: number, unit: Unit] {
  const unit = minutes % UNITS.days === 0 ? 'days' : minutes % UNITS.hours === 0 ? 'hours' : 'minutes'
  return [minutes / UNITS[unit], unit]
}
