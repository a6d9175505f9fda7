/** An editor without a screen: the state and plugin views of ProseMirror, on a shared text. */
import { type Command, EditorState, type Plugin, TextSelection, type Transaction } from 'prosemirror-state'
import type { EditorView } from 'prosemirror-view'
import * as Y from 'yjs'
import { STATEMENT, StatementBinding } from '../src/statement/binding.ts'
import { docOf } from '../src/statement/delta.ts'
import { indexAt, posAt } from '../src/statement/positions.ts'
import { schema } from '../src/statement/schema.ts'

export class Editor {
  readonly doc: Y.Doc
  readonly text: Y.Text
  readonly binding: StatementBinding
  state: EditorState
  isDestroyed = false
  #views: ReturnType<NonNullable<Plugin['spec']['view']>>[] = []

  constructor(doc: Y.Doc) {
    this.doc = doc
    this.text = doc.getText(STATEMENT)
    this.binding = new StatementBinding(this.text)
    const plugins = [this.binding.plugin()]
    this.state = EditorState.create({ schema, doc: docOf(this.text), plugins })
    this.#views = plugins.map((plugin) => plugin.spec.view!(this as unknown as EditorView))
  }

  dispatch(tr: Transaction) {
    const before = this.state
    this.state = before.applyTransaction(tr).state
    for (const view of this.#views) view.update?.(this as unknown as EditorView, before)
  }

  run(command: Command): boolean {
    return command(this.state, (tr) => this.dispatch(tr))
  }

  select(anchor: number, head = anchor) {
    const { doc, tr } = this.state
    this.dispatch(tr.setSelection(TextSelection.create(doc, posAt(doc, anchor), posAt(doc, head))))
  }

  type(characters: string) {
    for (const character of characters) this.dispatch(this.state.tr.insertText(character))
  }

  get caret(): number {
    return indexAt(this.state.doc, this.state.selection.head)
  }

  /** Whether the screen shows the text, all of it and nothing else. */
  get isTrue(): boolean {
    return this.state.doc.eq(docOf(this.text))
  }
}

/** A document as the server seeds it: one newline by a client that is nobody. */
export function seeded(content = '', clientID?: number): Y.Doc {
  const server = new Y.Doc()
  server.clientID = 1
  server.getText(STATEMENT).insert(0, `${content}\n`)
  const doc = new Y.Doc()
  if (clientID) doc.clientID = clientID
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(server))
  return doc
}

/** Bring two documents to the same state, as a server between them would. */
export function exchange(a: Y.Doc, b: Y.Doc) {
  const forB = Y.encodeStateAsUpdate(a, Y.encodeStateVector(b))
  const forA = Y.encodeStateAsUpdate(b, Y.encodeStateVector(a))
  Y.applyUpdate(b, forB)
  Y.applyUpdate(a, forA)
}

/** Pass every change on at once. Returns how to stop. */
export function connect(a: Y.Doc, b: Y.Doc): () => void {
  exchange(a, b)
  const toB = (update: Uint8Array, origin: unknown) => origin !== b && Y.applyUpdate(b, update, a)
  const toA = (update: Uint8Array, origin: unknown) => origin !== a && Y.applyUpdate(a, update, b)
  a.on('update', toB)
  b.on('update', toA)
  return () => {
    a.off('update', toB)
    b.off('update', toA)
  }
}

/** Numbers that are the same on every run (mulberry32). */
export function dice(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  return {
    below: (n: number) => Math.floor(next() * n),
    pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!,
    chance: (p: number) => next() < p,
  }
}
