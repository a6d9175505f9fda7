/**
 * Holds an editor and the shared text together.
 *
 * What is typed becomes the smallest edit of the text; what others write becomes one small replacement in the
 * editor, and the selection stays with the words it was at.
 */
import { type EditorState, Plugin, PluginKey, type Selection, TextSelection, type Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import * as Y from 'yjs'
import { docOf } from './delta.ts'
import { type Change, changeBetween } from './diff.ts'
import { joinEqualLists } from './normal.ts'
import { type Anchor, anchorAt, indexAt, indexOf, lengthOf, posAt } from './positions.ts'
import { readCaret } from './screen.ts'

export const STATEMENT = 'consensus-statement'

/** Marks the transactions that bring in what others wrote. */
export const remote = new PluginKey('remote')

/** Ends the group of edits that one undo takes back. Set on transactions that are a step of their own. */
export const OWN_STEP = 'own-undo-step'

interface SelectionAnchors {
  anchor: Anchor
  head: Anchor
}

export class StatementBinding {
  readonly undo: Y.UndoManager
  #text: Y.Text
  #view: EditorView | null = null
  #applying = false
  #ownStep = false
  #selection: SelectionAnchors | null = null
  #onSelection: (selection: SelectionAnchors) => void

  constructor(text: Y.Text, onSelection: (selection: SelectionAnchors) => void = () => {}) {
    this.#text = text
    this.#onSelection = onSelection
    // Only what this editor wrote: nobody takes back the bot's or a neighbour's work by accident.
    this.undo = new Y.UndoManager(text, { trackedOrigins: new Set([this]), captureTimeout: 400 })
    this.undo.on('stack-item-added', ({ stackItem }: { stackItem: StackItem }) => {
      if (!stackItem.meta.has(this)) stackItem.meta.set(this, this.#selection)
    })
    this.undo.on('stack-item-popped', ({ stackItem }: { stackItem: StackItem }) => {
      this.#restore(stackItem.meta.get(this) as SelectionAnchors | null)
    })
  }

  plugin(): Plugin {
    return new Plugin({
      view: (view) => this.#attach(view),
      appendTransaction: (transactions, _, state) => {
        if (!transactions.some((tr) => tr.docChanged)) return null
        if (transactions.some((tr) => tr.getMeta(OWN_STEP))) this.#ownStep = true
        return joinEqualLists(state)
      },
    })
  }

  /** Anchors of the present selection: of a range they hold the inside, of a caret what precedes it. */
  selectionAnchors(state: EditorState): SelectionAnchors {
    const { anchor, head, empty } = state.selection
    const at = (pos: number, first: boolean) =>
      anchorAt(this.#text, Math.min(indexAt(state.doc, pos), this.#text.length), first && !empty ? 'after' : 'before')
    return { anchor: at(anchor, anchor < head), head: at(head, head < anchor) }
  }

  #attach(view: EditorView) {
    this.#view = view
    // Who has not been in the text yet is at its start, and stays there whatever the others write.
    this.#selection = this.selectionAnchors(view.state)
    const observer = (event: Y.YTextEvent) => {
      if (event.transaction.origin !== this) this.#pull()
    }
    this.#text.observe(observer)
    // The plugin must not dispatch while the view is being made.
    queueMicrotask(() => this.#pull())
    return {
      update: (_: EditorView, before: EditorState) => {
        if (this.#applying) return
        if (!view.state.doc.eq(before.doc)) this.#write(before)
        if (view.state.doc !== before.doc || !view.state.selection.eq(before.selection)) this.#keepSelection()
      },
      destroy: () => {
        this.#text.unobserve(observer)
        this.undo.destroy()
        this.#view = null
      },
    }
  }

  #keepSelection() {
    const { state } = this.#view!
    this.#selection = this.selectionAnchors(state)
    this.#onSelection(this.#selection)
  }

  #write(before: EditorState) {
    const { state } = this.#view!
    const text = this.#text
    const caret = indexAt(state.doc, state.selection.head)
    const implied = text.length < lengthOf(before.doc)
    const change = changeBetween(before.doc, state.doc, caret, implied)
    if (this.#ownStep) this.undo.stopCapturing()
    let exact = true
    if (change)
      text.doc!.transact(() => {
        exact = applyChange(text, change)
      }, this)
    if (this.#ownStep) this.undo.stopCapturing()
    this.#ownStep = false
    // Some things a person can do to the editor cannot be done to the text (copy an opaque unit, for one).
    const missing = lengthOf(state.doc) - text.length
    if (!exact || missing < 0 || missing > 1) this.#pull()
  }

  /** Make the editor show the text as it is. */
  #pull() {
    const view = this.#view
    if (!view || view.isDestroyed) return
    const before = view.state.selection
    let moved = false
    this.#applying = true
    try {
      readCaret(view)
      moved = !view.state.selection.eq(before)
      const tr = replacement(view.state, docOf(this.#text))
      if (!tr) return
      // The anchors are of a moment ago; a caret that has moved since is known by its position only.
      const selection = moved ? mapped(tr, view.state.selection) : this.#resolve(tr, this.#selection)
      if (view.state.selection instanceof TextSelection && selection && !selection.eq(tr.selection))
        tr.setSelection(selection)
      // A person who pressed Bold and has not typed yet still means it.
      if (view.state.storedMarks) tr.setStoredMarks(view.state.storedMarks)
      view.dispatch(tr.setMeta(remote, true).setMeta('addToHistory', false))
    } finally {
      this.#applying = false
      if (moved) this.#keepSelection()
      else this.#selection = this.selectionAnchors(view.state)
    }
  }

  #resolve(tr: Transaction, anchors: SelectionAnchors | null): Selection | null {
    if (!anchors) return null
    const anchor = indexOf(this.#text, STATEMENT, anchors.anchor)
    const head = indexOf(this.#text, STATEMENT, anchors.head)
    if (anchor === null || head === null) return null
    return TextSelection.between(tr.doc.resolve(posAt(tr.doc, anchor)), tr.doc.resolve(posAt(tr.doc, head)))
  }

  #restore(anchors: SelectionAnchors | null) {
    const tr = this.#view?.state.tr
    const selection = tr && this.#resolve(tr, anchors)
    if (tr && selection) this.#view!.dispatch(tr.setSelection(selection).scrollIntoView())
  }
}

interface StackItem {
  meta: Map<unknown, unknown>
}

/** The same selection behind a change: a range keeps its inside, a caret stays behind what precedes it. */
function mapped({ doc, mapping }: Transaction, { anchor, head }: Selection): Selection {
  const at = (pos: number, first: boolean) => doc.resolve(mapping.map(pos, first ? 1 : -1))
  return TextSelection.between(at(anchor, anchor < head), at(head, head < anchor))
}

/** One replacement that turns the editor's document into `next`, as small as it can be; null when they are equal. */
export function replacement(state: EditorState, next: EditorState['doc']): Transaction | null {
  const { content } = state.doc
  const from = content.findDiffStart(next.content)
  if (from === null) return null
  let { a, b } = content.findDiffEnd(next.content)!
  const overlap = from - Math.min(a, b)
  if (overlap > 0) {
    a += overlap
    b += overlap
  }
  const tr = state.tr.replace(from, a, next.slice(from, b))
  return tr.doc.eq(next) ? tr : state.tr.replaceWith(0, content.size, next.content)
}

/** Do a change to the text. False when a part of it could not be done: the editor then shows what is not there. */
export function applyChange(text: Y.Text, { at, remove, insert, formats }: Change): boolean {
  if (remove > 0) text.delete(at, remove)
  let index = at
  let lost = 0
  for (const run of insert) {
    // A copy, because Yjs writes into the attributes it is given.
    const attributes = { ...run.attributes }
    if ('text' in run) {
      text.insert(index, run.text, attributes)
      index += run.text.length
    } else if (run.embed.id === null && typeof run.embed.value === 'object' && run.embed.value !== null) {
      text.insertEmbed(index, run.embed.value, attributes)
      index += 1
    } else {
      lost += 1
    }
  }
  for (const format of formats)
    text.format(format.at < at ? format.at : format.at - lost, format.length, { ...format.attributes })
  return lost === 0
}
