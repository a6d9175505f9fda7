/**
 * What the toolbar and the keys do to lines.
 *
 * Changing the kind of a line changes no unit of the text, only what its newline carries; so a command rebuilds
 * the blocks it touches from their lines, and the selection stays at the same indexes.
 */
import { Fragment, Slice } from 'prosemirror-model'
import { type Command, type EditorState, TextSelection, type Transaction } from 'prosemirror-state'
import { OWN_STEP } from './binding.ts'
import { BLOCK_KEYS, blocksFrom, type Line, linesOf } from './lines.ts'
import { indexAt, layoutOf, lengthOf, posAt, slotAt } from './positions.ts'
import { type Attributes, DEEPEST_INDENT } from './schema.ts'

interface Touched {
  first: number
  last: number
}

function touchedLines({ doc, selection }: EditorState): Touched {
  return { first: slotAt(doc, 'pos', selection.from), last: slotAt(doc, 'pos', selection.to) }
}

/** Replace lines `first` to `last`, and put the selection at indexes of the new document. */
function replaceLines(state: EditorState, touched: Touched, lines: Line[], anchor: number, head: number): Transaction {
  const { doc, tr } = state
  const slots = layoutOf(doc)
  // Whole top-level blocks, and their neighbours, because lists may have to be joined or divided.
  const from = Math.max(slots[touched.first]!.top - 1, 0)
  const to = Math.min(slots[touched.last]!.top + 2, doc.childCount)
  const around = linesOf(doc, from, to)
  const start = slots.findIndex((slot) => slot.top === from)
  around.splice(touched.first - start, touched.last - touched.first + 1, ...lines)
  let pos = 0
  for (let i = 0; i < from; i++) pos += doc.child(i).nodeSize
  let end = pos
  for (let i = from; i < to; i++) end += doc.child(i).nodeSize
  tr.replace(pos, end, new Slice(Fragment.fromArray(blocksFrom(around)), 0, 0))
  return tr
    .setSelection(TextSelection.create(tr.doc, posAt(tr.doc, anchor), posAt(tr.doc, head)))
    .setMeta(OWN_STEP, true)
    .scrollIntoView()
}

function without(attributes: Attributes, keys: readonly string[]): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !keys.includes(key)))
}

function changeLines(state: EditorState, touched: Touched, change: (attributes: Attributes) => Attributes): Transaction {
  const lines = layoutLines(state, touched).map((line) => ({ ...line, attributes: change(line.attributes) }))
  const { anchor, head } = state.selection
  return replaceLines(state, touched, lines, indexAt(state.doc, anchor), indexAt(state.doc, head))
}

function layoutLines({ doc }: EditorState, { first, last }: Touched): Line[] {
  const slots = layoutOf(doc)
  const from = slots[first]!.top
  const start = slots.findIndex((slot) => slot.top === from)
  return linesOf(doc, from, slots[last]!.top + 1).slice(first - start, last - start + 1)
}

/** What every selected line carries for `key`, or undefined when they differ. */
export function lineValue(state: EditorState, key: string): unknown {
  const values = layoutLines(state, touchedLines(state)).map(({ attributes }) => attributes[key])
  return values.every((value) => value === values[0]) ? values[0] : undefined
}

/** Make the selected lines this kind of block, or plain paragraphs when they are that already. */
export function toggleLine(key: 'header' | 'list' | 'blockquote', value: unknown): Command {
  return (state, dispatch) => {
    const on = lineValue(state, key) !== value
    dispatch?.(
      changeLines(state, touchedLines(state), (attributes) => {
        const keep = without(attributes, BLOCK_KEYS)
        if (!on) return keep
        return key === 'list' && 'indent' in attributes
          ? { ...keep, indent: attributes.indent, list: value }
          : { ...keep, [key]: value }
      }),
    )
    return true
  }
}

export const plainLine: Command = (state, dispatch) => {
  dispatch?.(changeLines(state, touchedLines(state), (attributes) => without(attributes, BLOCK_KEYS)))
  return true
}

/** Move the selected list items one level in (1) or out (-1). */
export function indent(by: 1 | -1): Command {
  return (state, dispatch) => {
    const touched = touchedLines(state)
    const items = layoutLines(state, touched).filter(({ attributes }) => 'list' in attributes)
    if (items.length === 0) return false
    dispatch?.(
      changeLines(state, touched, (attributes) => {
        if (!('list' in attributes)) return attributes
        const depth = Math.min(Math.max(Number(attributes.indent ?? 0) + by, 0), DEEPEST_INDENT)
        const rest = without(attributes, ['indent'])
        return depth > 0 ? { ...rest, indent: depth } : rest
      }),
    )
    return true
  }
}

/** Enter: an empty item or quote becomes plain; elsewhere items and quotes go on, headings are followed by text. */
export const splitLine: Command = (state, dispatch) => {
  const tr = state.tr.deleteSelection()
  const { $from } = tr.selection
  const { parent } = $from
  if (!parent.isTextblock) return false
  if (parent.content.size === 0 && parent.type.name !== 'paragraph') {
    const step = parent.attrs.indent > 0 ? indent(-1) : plainLine
    return state.selection.empty ? step(state, dispatch) : false
  }
  const atEnd = $from.parentOffset === parent.content.size
  const becomesText = parent.type.name === 'heading' && atEnd
  const type = becomesText ? state.schema.nodes.paragraph! : parent.type
  const attrs = becomesText ? {} : { ...parent.attrs, other: atEnd ? {} : parent.attrs.other }
  tr.split($from.pos, 1, [{ type, attrs }])
  dispatch?.(tr.setStoredMarks(state.storedMarks ?? ($from.parentOffset ? $from.marks() : null)).scrollIntoView())
  return true
}

/** Join two neighbouring lines; the first keeps its kind unless it is empty. */
function join(state: EditorState, first: number): Transaction {
  const [upper, lower] = layoutLines(state, { first, last: first + 1 }) as [Line, Line]
  const slot = layoutOf(state.doc)[first]!
  const merged = {
    content: upper.content.append(lower.content),
    attributes: upper.content.size > 0 ? upper.attributes : lower.attributes,
  }
  const caret = slot.index + slot.size
  return replaceLines(state, { first, last: first + 1 }, [merged], caret, caret)
}

/** Backspace at the start of a line: first the kind of the line goes, then the line break. */
export const backspaceLine: Command = (state, dispatch) => {
  const { $from, empty } = state.selection
  if (!empty || $from.parentOffset > 0 || !$from.parent.isTextblock) return false
  if ($from.parent.attrs.indent > 0 && $from.parent.type.name === 'item') return indent(-1)(state, dispatch)
  if ($from.parent.type.name !== 'paragraph') return plainLine(state, dispatch)
  const line = slotAt(state.doc, 'pos', $from.pos)
  if (line > 0) dispatch?.(join(state, line - 1))
  return true
}

/** Delete at the end of a line. */
export const deleteLineBreak: Command = (state, dispatch) => {
  const { $from, empty } = state.selection
  if (!empty || !$from.parent.isTextblock || $from.parentOffset < $from.parent.content.size) return false
  const line = slotAt(state.doc, 'pos', $from.pos)
  if (line + 1 < layoutOf(state.doc).length) dispatch?.(join(state, line))
  return true
}

/**
 * To the very start or end. Over proposals drawn between the lines browsers do not find the way themselves.
 */
export function toEdge(edge: 'start' | 'end', extend: boolean): Command {
  return (state, dispatch) => {
    const { tr, doc, selection } = state
    const to = posAt(doc, edge === 'end' ? lengthOf(doc) : 0)
    dispatch?.(tr.setSelection(TextSelection.create(doc, extend ? selection.anchor : to, to)).scrollIntoView())
    return true
  }
}
