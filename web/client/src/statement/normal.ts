/**
 * The one form of every document: neighbouring lists of one kind are one list.
 *
 * The shared text has no lists, only lines that are items, so two lists side by side cannot be told from one. An
 * editor that kept them apart would number differently from everybody else's.
 */
import type { EditorState, Transaction } from 'prosemirror-state'

export function joinEqualLists(state: EditorState): Transaction | null {
  const { tr, doc } = state
  let pos = doc.content.size
  for (let i = doc.childCount - 1; i > 0; i--) {
    const child = doc.child(i)
    const previous = doc.child(i - 1)
    pos -= child.nodeSize
    if (child.type.name === 'list' && previous.type.name === 'list' && child.attrs.kind === previous.attrs.kind)
      tr.join(pos)
  }
  return tr.docChanged ? tr : null
}
