/**
 * Three ways to say where: an index into the shared text (UTF-16 units, one per newline or embed), a position in
 * the editor document, and an anchor that stays with its neighbour while others write.
 */
import type { Node } from 'prosemirror-model'
import * as Y from 'yjs'

/** Where one line is. `pos` is before its first unit; `index` and `size` count units, the newline not included. */
export interface Slot {
  block: Node
  parent: Node | null
  /** Which child of the document holds it. */
  top: number
  pos: number
  index: number
  size: number
}

const layouts = new WeakMap<Node, Slot[]>()

/** The lines of a document and where they are. Documents never change, so this is worked out once for each. */
export function layoutOf(doc: Node): Slot[] {
  let slots = layouts.get(doc)
  if (slots) return slots
  slots = []
  let index = 0
  let pos = 0
  for (let top = 0; top < doc.childCount; top++) {
    const child = doc.child(top)
    const parent = child.isTextblock ? null : child
    const blocks = parent ? parent.children : [child]
    let inside = parent ? pos + 1 : pos
    for (const block of blocks) {
      const size = block.content.size
      slots.push({ block, parent, top, pos: inside + 1, index, size })
      index += size + 1
      inside += block.nodeSize
    }
    pos += child.nodeSize
  }
  layouts.set(doc, slots)
  return slots
}

/** How many units the document stands for, every newline counted. */
export function lengthOf(doc: Node): number {
  const last = layoutOf(doc).at(-1)!
  return last.index + last.size + 1
}

/** The last slot that starts at or before `at`. */
export function slotAt(doc: Node, key: 'index' | 'pos', at: number): number {
  const slots = layoutOf(doc)
  let low = 0
  let high = slots.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (slots[middle]![key] <= at) low = middle
    else high = middle - 1
  }
  return low
}

export function indexAt(doc: Node, pos: number): number {
  const slot = layoutOf(doc)[slotAt(doc, 'pos', pos)]!
  return slot.index + Math.min(Math.max(pos - slot.pos, 0), slot.size)
}

export function posAt(doc: Node, index: number): number {
  const slot = layoutOf(doc)[slotAt(doc, 'index', index)]!
  return slot.pos + Math.min(Math.max(index - slot.index, 0), slot.size)
}

/** A relative position as JSON, the form every Yjs client writes. */
export type Anchor = object

/** An anchor at `index`: before the unit that follows (`after`), or behind the one that precedes it. */
export function anchorAt(text: Y.Text, index: number, side: 'before' | 'after'): Anchor {
  const position = Y.createRelativePositionFromTypeIndex(text, index, side === 'after' ? 0 : -1)
  return Y.relativePositionToJSON(position) as Anchor
}

const isClock = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0

function isId(value: unknown): value is { client: number; clock: number } {
  if (typeof value !== 'object' || value === null) return false
  const { client, clock } = value as Record<string, unknown>
  return isClock(client) && isClock(clock)
}

/**
 * The index an anchor stands for now, or null when it is nonsense or its place is gone.
 *
 * Anchors come from other people's programs. Yjs believes what they say, and would even define a new shared type
 * for a name in one.
 */
export function indexOf(text: Y.Text, name: string, anchor: unknown): number | null {
  if (typeof anchor !== 'object' || anchor === null) return null
  const { item, tname, assoc } = anchor as Record<string, unknown>
  const side = typeof assoc === 'number' && assoc < 0 ? -1 : 0
  const json = isId(item)
    ? { item: { client: item.client, clock: item.clock }, assoc: side }
    : item == null && tname === name
      ? { tname: name, assoc: side }
      : null
  if (json === null) return null
  try {
    const position = Y.createRelativePositionFromJSON(json)
    const place = Y.createAbsolutePositionFromRelativePosition(position, text.doc!)
    return place?.type === text ? place.index : null
  } catch {
    return null
  }
}
