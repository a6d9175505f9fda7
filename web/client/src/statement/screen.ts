/** What the browser has done and the editor has not heard of yet. */
import type { EditorView } from 'prosemirror-view'

interface Observed {
  domObserver?: { pendingRecords(): unknown[]; flush(): void }
}

/**
 * Have the editor read where the caret is.
 *
 * Browsers tell of a moved caret a moment later. Whatever is drawn in between puts the caret back to where the
 * editor believes it to be, and an arrow key is lost. With a neighbour who types fast that was one in three.
 */
export function readCaret(view: EditorView) {
  const { domObserver } = view as unknown as Observed
  // What is being composed or typed is read when it is complete, and the caret with it.
  if (view.composing || !domObserver || domObserver.pendingRecords().length > 0) return
  domObserver.flush()
}
