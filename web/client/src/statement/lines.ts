/**
 * Between the attributes of the shared text and the blocks and marks of the editor.
 *
 * The way back is exact: `attributesOfLine(lineFrom(x)) == x` for every `x`, whatever other programs put in.
 */
import { Fragment, type Mark, type Node } from 'prosemirror-model'
import { type Attributes, DEEPEST_INDENT, LIST_KINDS, type ListKind, schema } from './schema.ts'

/** One line: its inline content, and what its newline carries. */
export interface Line {
  content: Fragment
  attributes: Attributes
}

/** The attributes that decide what kind of block a line is. Setting one kind clears the others. */
export const BLOCK_KEYS = ['header', 'list', 'blockquote', 'indent'] as const

const { paragraph, heading, blockquote, list, item } = schema.nodes as Record<string, import('prosemirror-model').NodeType>

function isListKind(value: unknown): value is ListKind {
  return LIST_KINDS.includes(value as ListKind)
}

function isStep(value: unknown, most: number): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most
}

/** A textblock for one line, and the kind of list it belongs to, if any. */
function blockFrom({ content, attributes }: Line): { block: Node; kind: ListKind | null } {
  const other: Attributes = { ...attributes }
  const take = (key: string) => {
    delete other[key]
  }
  let indent = 0
  if (isStep(attributes.indent, DEEPEST_INDENT)) {
    indent = attributes.indent
    take('indent')
  }
  // Two people may have made one line a list and a heading at the same moment: one is shown, both are kept.
  if (isListKind(attributes.list)) {
    take('list')
    return { block: item!.create({ indent, other }, content), kind: attributes.list }
  }
  if (isStep(attributes.header, 6)) {
    take('header')
    return { block: heading!.create({ indent, other, level: attributes.header }, content), kind: null }
  }
  if (attributes.blockquote === true) {
    take('blockquote')
    return { block: blockquote!.create({ indent, other }, content), kind: null }
  }
  return { block: paragraph!.create({ indent, other }, content), kind: null }
}

/** What the newline of a textblock carries. `parent` is the list of an item. */
export function attributesOfBlock(block: Node, parent: Node | null): Attributes {
  const attributes: Attributes = { ...(block.attrs.other as Attributes) }
  if (block.attrs.indent > 0) attributes.indent = block.attrs.indent
  if (block.type === heading) attributes.header = block.attrs.level
  else if (block.type === blockquote) attributes.blockquote = true
  else if (block.type === item) attributes.list = parent!.attrs.kind
  return attributes
}

/** Blocks for some lines; neighbours in equal lists share one list. */
export function blocksFrom(lines: Iterable<Line>): Node[] {
  const blocks: Node[] = []
  let items: Node[] = []
  let open: ListKind | null = null
  const close = () => {
    if (open) blocks.push(list!.create({ kind: open }, items))
    items = []
    open = null
  }
  for (const line of lines) {
    const { block, kind } = blockFrom(line)
    if (kind !== open) close()
    if (kind) {
      open = kind
      items.push(block)
    } else {
      blocks.push(block)
    }
  }
  close()
  return blocks
}

export function docFrom(lines: Line[]): Node {
  return schema.topNodeType.create(null, Fragment.fromArray(blocksFrom(lines)))
}

/** The textblocks of one top-level block, in order, each with its list. */
function* textblocksIn(top: Node): Generator<[block: Node, parent: Node | null]> {
  if (top.type !== list) yield [top, null]
  else for (let i = 0; i < top.childCount; i++) yield [top.child(i), top]
}

/** The lines of top-level blocks `from` up to `to`. */
export function linesOf(doc: Node, from = 0, to = doc.childCount): Line[] {
  const lines: Line[] = []
  for (let i = from; i < to; i++)
    for (const [block, parent] of textblocksIn(doc.child(i)))
      lines.push({ content: block.content, attributes: attributesOfBlock(block, parent) })
  return lines
}

const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : a > b ? 1 : 0)

/** Marks for the attributes of some text. */
export function marksFrom(attributes: Attributes | undefined): readonly Mark[] {
  if (!attributes) return []
  let marks: readonly Mark[] = []
  for (const [name, value] of Object.entries(attributes).sort(byName)) {
    const mark =
      name === 'link' && typeof value === 'string'
        ? schema.mark('link', { href: value })
        : (name === 'bold' || name === 'italic') && value === true
          ? schema.mark(name)
          : schema.mark('other', { name, value })
    marks = mark.addToSet(marks)
  }
  return marks
}

export function attributesOfMarks(marks: readonly Mark[]): Attributes {
  const attributes: Attributes = {}
  for (const { type, attrs } of marks)
    if (type.name === 'link') attributes.link = attrs.href
    else if (type.name === 'other') attributes[attrs.name as string] = attrs.value
    else attributes[type.name] = true
  return attributes
}
