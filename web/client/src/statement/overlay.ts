/**
 * What is drawn over the text and is not part of it: carets of others, suggestions, commented passages.
 *
 * Places are kept as anchors in the shared text. Between an edit of ours and the moment the text has it, they are
 * only moved along; right after, they are worked out anew.
 */
import type { Node } from 'prosemirror-model'
import { Plugin, PluginKey } from 'prosemirror-state'
import { type Decoration, DecorationSet, type EditorView } from 'prosemirror-view'
import { remote } from './binding.ts'
import { readCaret } from './screen.ts'

export type Layer = (doc: Node) => Decoration[]

const overlay = new PluginKey<DecorationSet>('overlay')

/** A layer made from other people's data must never take the editor down with it. */
function draw(layers: Layer[], doc: Node): DecorationSet {
  const all = layers.flatMap((layer) => {
    try {
      return layer(doc)
    } catch (error) {
      console.error('overlay', error)
      return []
    }
  })
  return DecorationSet.create(doc, all)
}

export function overlays(layers: Layer[]): Plugin {
  return new Plugin({
    key: overlay,
    state: {
      init: () => DecorationSet.empty,
      apply: (tr, drawn, _, state) =>
        tr.getMeta(overlay) || tr.getMeta(remote) ? draw(layers, state.doc) : drawn.map(tr.mapping, tr.doc),
    },
    props: { decorations: (state) => overlay.getState(state) },
    view: (view) => {
      const refresh = redrawer(view)
      refresh()
      return {
        update: (_, before) => {
          if (view.state.doc !== before.doc) refresh()
        },
      }
    },
  })
}

/** Returns a function that has the overlays drawn anew with the next frame, however often it is called. */
export function redrawer(view: EditorView): () => void {
  let waiting = false
  return () => {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      if (view.isDestroyed) return
      readCaret(view)
      view.dispatch(view.state.tr.setMeta(overlay, true).setMeta('addToHistory', false))
    })
  }
}
