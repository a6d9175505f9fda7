/** Links on the selected words, or on the whole link the caret is in. */
import type { Command, EditorState } from 'prosemirror-state'
import { schema } from './schema.ts'

const link = schema.marks.link!

/** From where to where the link around the caret goes. */
function extent({ selection }: EditorState): { from: number; to: number; href: string } | null {
  const { $from, empty } = selection
  const mark = link.isInSet($from.marks()) ?? ($from.nodeAfter && link.isInSet($from.nodeAfter.marks))
  if (!mark) return null
  if (!empty) return { from: selection.from, to: selection.to, href: mark.attrs.href }
  let from = $from.start()
  let to = from
  $from.parent.forEach((node, offset) => {
    const start = $from.start() + offset
    if (!mark.isInSet(node.marks)) {
      if (start + node.nodeSize <= $from.pos) from = start + node.nodeSize
    } else if (start <= $from.pos) {
      to = start + node.nodeSize
    } else if (to === start) {
      to = start + node.nodeSize
    }
  })
  return to > from ? { from, to, href: mark.attrs.href } : null
}

export function linkAround(state: EditorState): string | null {
  return extent(state)?.href ?? null
}

/** False when there are no words to put the link on. */
export function setLink(href: string): Command {
  return (state, dispatch) => {
    const { from, to } = state.selection.empty ? (extent(state) ?? state.selection) : state.selection
    if (from === to) return false
    dispatch?.(state.tr.addMark(from, to, link.create({ href })))
    return true
  }
}

export const removeLink: Command = (state, dispatch) => {
  const { from, to } = state.selection.empty ? (extent(state) ?? state.selection) : state.selection
  dispatch?.(state.tr.removeMark(from, to, link))
  return true
}
