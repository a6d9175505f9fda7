/**
 * What changed between two editor documents, as the smallest edit of the shared text.
 *
 * Smallest matters for intent: whatever is deleted and written again tears other people's carets, anchors and
 * typing out of their place.
 */
import { equalityDeep } from 'lib0/function'
import type { Node } from 'prosemirror-model'
import type { Run } from './delta.ts'
import { attributesOfBlock, attributesOfMarks } from './lines.ts'
import { layoutOf, type Slot } from './positions.ts'
import type { Attributes } from './schema.ts'

/** Remove some units at an index, insert runs there; then set attributes. Indexes count UTF-16 units. */
export interface Change {
  at: number
  remove: number
  insert: Run[]
  /** In order, at indexes after the insertion; null takes an attribute away. */
  formats: { at: number; length: number; attributes: Attributes }[]
}

/** One code point, newline or embed, so that no edit can fall between the halves of a surrogate pair. */
interface Unit {
  key: string
  run: Run
  attributes: Attributes
  width: number
}

function unitsOf(slots: Slot[]): Unit[] {
  const units: Unit[] = []
  for (const { block, parent } of slots) {
    block.forEach((node) => {
      const attributes = attributesOfMarks(node.marks)
      if (!node.isText) {
        const { value, id } = node.attrs as { value: unknown; id: string | null }
        const key = `embed ${id ?? JSON.stringify(value)}`
        units.push({ key, run: { embed: { value, id } }, attributes, width: 1 })
        return
      }
      for (const character of node.text!) {
        // Inside a line there are no newlines: one that got in by pasting is a space.
        const text = character === '\n' ? ' ' : character
        units.push({ key: text, run: { text }, attributes, width: text.length })
      }
    })
    units.push({ key: '\n', run: { text: '\n' }, attributes: attributesOfBlock(block, parent), width: 1 })
  }
  return units
}

const same = (a: Unit, b: Unit) => a.key === b.key
const equal = (a: Unit, b: Unit) =>
  a.key === b.key && (a.attributes === b.attributes || equalityDeep(a.attributes, b.attributes))

const sameLine = (a: Slot, b: Slot) =>
  (a.block === b.block || a.block.eq(b.block)) && a.parent?.attrs.kind === b.parent?.attrs.kind

const width = (units: Unit[]) => units.reduce((sum, unit) => sum + unit.width, 0)

/** How many leading and trailing elements two sequences share, the trailing ones first up to `mostTrailing`. */
function shared<T>(a: T[], b: T[], match: (a: T, b: T) => boolean, start: [number, number], mostTrailing: number) {
  let [head, tail] = start
  const most = Math.min(a.length, b.length)
  const growTail = (limit: number) => {
    while (tail < limit && head + tail < most && match(a[a.length - 1 - tail]!, b[b.length - 1 - tail]!)) tail++
  }
  growTail(mostTrailing)
  while (head + tail < most && match(a[head]!, b[head]!)) head++
  growTail(most)
  return [head, tail] as [number, number]
}

/**
 * The change that makes `before` into `after`, or null when there is none.
 *
 * `caret` is the index of the caret in `after`: among equal neighbours ("aa|a") the edit is where the person is.
 * `implied` says that the text lacks the last newline of `before`; it is only made real when the edit needs it.
 */
export function changeBetween(before: Node, after: Node, caret: number, implied = false): Change | null {
  const a = layoutOf(before)
  const b = layoutOf(after)
  const behindCaret = b.length - b.findLastIndex((slot) => slot.index <= caret) - 1
  const [top, bottom] = implied ? [0, 0] : shared(a, b, sameLine, [0, 0], behindCaret)
  const offset = a[top]?.index ?? lengthBefore(a, top)
  const old = unitsOf(a.slice(top, a.length - bottom))
  const now = unitsOf(b.slice(top, b.length - bottom))
  if (implied) {
    old.pop()
    if (canImply(now, b)) now.pop()
  }

  // First what is equal in every way, so that a new line beside a heading does not become the heading; then what
  // only changed its attributes.
  const unitsBehindCaret = countBehind(now, caret - offset)
  const exact = shared(old, now, equal, [0, 0], unitsBehindCaret)
  const [head, tail] = shared(old, now, same, exact, Math.max(unitsBehindCaret, exact[1]))

  const removed = old.slice(head, old.length - tail)
  const inserted = now.slice(head, now.length - tail)
  const formats = formatsOf(old, now, head, tail, offset)
  if (removed.length === 0 && inserted.length === 0 && formats.length === 0) return null
  return { at: offset + width(now.slice(0, head)), remove: width(removed), insert: runsFrom(inserted), formats }
}

function lengthBefore(slots: Slot[], count: number): number {
  const last = slots[count - 1]
  return last ? last.index + last.size + 1 : 0
}

/** A last newline can stay implied when it carries nothing and the line before it would be read as a line. */
function canImply(units: Unit[], slots: Slot[]): boolean {
  const last = slots.at(-1)!
  const plain = Object.keys(units.at(-1)!.attributes).length === 0
  return plain && (last.size > 0 || slots.length === 1)
}

function countBehind(units: Unit[], caret: number): number {
  let count = units.length
  for (let at = 0; count > 0 && at < caret; count--) at += units[units.length - count]!.width
  return count
}

function formatsOf(old: Unit[], now: Unit[], head: number, tail: number, offset: number): Change['formats'] {
  const formats: Change['formats'] = []
  let at = offset
  now.forEach((unit, i) => {
    const fromEnd = now.length - i
    const partner = i < head ? old[i] : fromEnd <= tail ? old[old.length - fromEnd] : undefined
    const attributes = partner && differences(partner.attributes, unit.attributes)
    if (attributes) {
      const last = formats.at(-1)
      if (last && last.at + last.length === at && equalityDeep(last.attributes, attributes)) last.length += unit.width
      else formats.push({ at, length: unit.width, attributes })
    }
    at += unit.width
  })
  return formats
}

function differences(from: Attributes, to: Attributes): Attributes | null {
  if (from === to) return null
  const changed: Attributes = {}
  for (const key of Object.keys(to)) if (!equalityDeep(from[key], to[key])) changed[key] = to[key]
  for (const key of Object.keys(from)) if (!(key in to)) changed[key] = null
  return Object.keys(changed).length > 0 ? changed : null
}

function runsFrom(units: Unit[]): Run[] {
  const runs: Run[] = []
  let last: Unit | undefined
  for (const unit of units) {
    const run = runs.at(-1)
    if (run && 'text' in run && 'text' in unit.run && last && equalityDeep(last.attributes, unit.attributes))
      run.text += unit.run.text
    else runs.push({ ...unit.run, attributes: unit.attributes })
    last = unit
  }
  return runs
}
