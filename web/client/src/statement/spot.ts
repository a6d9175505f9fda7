/** A passage that something beside the text is about, marked while it is looked at. */
import { Decoration } from 'prosemirror-view'
import type * as Y from 'yjs'
import { STATEMENT } from './binding.ts'
import type { Layer } from './overlay.ts'
import { anchorAt, indexOf, posAt } from './positions.ts'
import type { Range } from './sentences.ts'

/** Holds on to its words from inside, while others write around them. */
export interface Spot {
  start: object
  end: object
}

export function spotOn(text: Y.Text, { from, to }: Range): Spot {
  return { start: anchorAt(text, from, 'after'), end: anchorAt(text, to, 'before') }
}

export function spotLayer(text: Y.Text, spot: () => Spot | null): Layer {
  return (doc) => {
    const now = spot()
    const from = now && indexOf(text, STATEMENT, now.start)
    const to = now && indexOf(text, STATEMENT, now.end)
    if (from == null || to == null || from >= to) return []
    return [Decoration.inline(posAt(doc, from), posAt(doc, to), { class: 'spot' })]
  }
}
