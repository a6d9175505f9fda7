/** The editor on the sheet, put together. */
import { EditorState, Plugin, TextSelection, type Transaction } from 'prosemirror-state'
import { Decoration, DecorationSet, EditorView } from 'prosemirror-view'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { strings } from '../strings/statement.ts'
import { STATEMENT, StatementBinding } from './binding.ts'
import { caretLayer } from './carets.ts'
import { toEdge } from './commands.ts'
import { docOf } from './delta.ts'
import { keys } from './keys.ts'
import { safeHref } from './links.ts'
import { overlays, redrawer } from './overlay.ts'
import { anchorAt, indexAt, indexOf, posAt } from './positions.ts'
import { type Passage, passageLayer, proposalLayer } from './proposals.ts'
import { schema } from './schema.ts'
import { readCaret } from './screen.ts'
import { type Spot, spotLayer } from './spot.ts'
import type { Shown } from './suggestions.ts'

export interface EditorOptions {
  text: Y.Text
  awareness: Awareness
  editable: () => boolean
  suggestions: () => Shown[]
  passages: () => Passage[]
  selected: () => string | null
  /** What is pointed at from beside the text. */
  spot: () => Spot | null
  /** The colour class of a person. */
  tintOf: (id: string) => string
  onState: (state: EditorState) => void
  /** A suggestion or commented passage in the text was clicked. */
  onPick: (kind: 'suggestion' | 'comment', id: string) => void
  onLink: () => void
  onComment: () => void
}

/** How often others are told about my caret. */
const CARET_MS = 60

export class StatementEditor {
  readonly view: EditorView
  readonly binding: StatementBinding
  /** Have suggestions, carets and passages drawn anew. */
  readonly redraw: () => void
  #text: Y.Text
  #release: () => void

  constructor(mount: HTMLElement, options: EditorOptions) {
    const { text, awareness } = options
    this.#text = text
    this.binding = new StatementBinding(text, tellCaret(awareness, () => this.view.hasFocus()))
    this.view = new EditorView(mount, {
      state: EditorState.create({ schema, doc: docOf(text), plugins: this.#plugins(options) }),
      editable: options.editable,
      attributes: () => labels(options.editable()),
      dispatchTransaction: (tr: Transaction) => {
        this.view.updateState(this.view.state.apply(tr))
        options.onState(this.view.state)
      },
      transformPastedHTML: pasted,
      handleClick: (view, _, event) => {
        if (event.target === view.dom) this.goOnAt(event.clientY)
        return followLink(event) || pick(event, options.onPick)
      },
    })
    this.redraw = redrawer(this.view)
    const onPresence = ({ added, updated, removed }: Record<'added' | 'updated' | 'removed', number[]>) => {
      if ([...added, ...updated, ...removed].some((client) => client !== awareness.clientID)) this.redraw()
    }
    awareness.on('change', onPresence)
    this.#release = () => awareness.off('change', onPresence)
    options.onState(this.view.state)
  }

  /** Apply a change of who may write. */
  refresh() {
    this.view.setProps({})
  }

  destroy() {
    this.#release()
    this.view.destroy()
  }

  /** A click on the sheet below all text goes on writing at its end; browsers do not, behind what is proposed. */
  goOnAt(y: number) {
    const { dom, state } = this.view
    if (y < dom.lastElementChild!.getBoundingClientRect().bottom) return
    toEdge('end', false)(state, this.view.dispatch)
    this.view.focus()
  }

  /** The selected passage as anchors and words, null when nothing is selected. */
  selectedPassage(): { start: object; end: object; quote: string } | null {
    const { doc, selection } = this.view.state
    if (selection.empty) return null
    return {
      start: anchorAt(this.#text, indexAt(doc, selection.from), 'after'),
      end: anchorAt(this.#text, indexAt(doc, selection.to), 'before'),
      quote: doc.textBetween(selection.from, selection.to, '\n').slice(0, 500),
    }
  }

  /** Leave the selected passage; the caret stays at its end. */
  deselect() {
    const { tr, selection } = this.view.state
    this.view.dispatch(tr.setSelection(TextSelection.create(tr.doc, selection.to)))
  }

  /** Bring a suggestion or commented passage into view; without an id what is marked; or else the place of an anchor. */
  reveal(id: string, anchor: unknown) {
    const drawn = [...this.view.dom.querySelectorAll<HTMLElement>('[data-suggestion], [data-comment]')]
    const found = drawn.find(({ dataset }) => dataset.suggestion === id || dataset.comment === id)
    const element = found ?? (id ? null : this.view.dom.querySelector('.spot')) ?? this.#elementAt(anchor)
    element?.scrollIntoView({ block: 'center', behavior: calm() ? 'auto' : 'smooth' })
  }

  #elementAt(anchor: unknown): Element | null {
    const index = indexOf(this.#text, STATEMENT, anchor)
    if (index === null) return null
    const { node } = this.view.domAtPos(posAt(this.view.state.doc, index))
    return node instanceof Element ? node : node.parentElement
  }

  #plugins(options: EditorOptions): Plugin[] {
    const { text, awareness, editable, suggestions, passages, selected, spot, tintOf } = options
    return [
      this.binding.plugin(),
      // On a slow phone several keys are there at once, and the second must not act where the first left from.
      new Plugin({ props: { handleDOMEvents: { keydown: (view) => void readCaret(view) } } }),
      ...keys(this.binding, options),
      placeholder(editable),
      overlays([
        spotLayer(text, spot),
        passageLayer(text, passages, selected),
        proposalLayer(text, suggestions, selected),
        caretLayer(text, awareness, tintOf),
      ]),
    ]
  }
}

/**
 * Pasted markup as the schema can read it: words of neighbouring cells stay apart, and styles and what would run on
 * events become data, because the page's policy forbids them even in a document nobody sees.
 */
function pasted(html: string): string {
  return html
    .replace(/<style\b[\s\S]*?<\/style\s*>/gi, '')
    .replace(/<\/t[dh]\s*>/gi, ' $&')
    .replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/\s(?=(style|on\w+)\s*=)/gi, ' data-'))
}

export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches

function labels(editable: boolean): Record<string, string> {
  const common = { 'aria-label': strings.label, class: 'statement', tabindex: '0' }
  if (!editable) return { ...common, role: 'document' }
  return {
    ...common,
    role: 'textbox',
    'aria-multiline': 'true',
    'aria-placeholder': strings.placeholder,
    spellcheck: 'true',
  }
}

function placeholder(editable: () => boolean): Plugin {
  return new Plugin({
    props: {
      decorations: ({ doc }) => {
        const only = doc.childCount === 1 ? doc.firstChild! : null
        if (!only?.isTextblock || only.content.size > 0) return null
        const words = editable() ? strings.placeholder : strings.placeholderReadOnly
        return DecorationSet.create(doc, [
          Decoration.node(0, only.nodeSize, { class: 'empty', 'data-placeholder': words }),
        ])
      },
    },
  })
}

/** Tell the others where my caret is, not more often than they could see it move. */
function tellCaret(awareness: Awareness, focused: () => boolean) {
  let latest: object | null = null
  let timer: ReturnType<typeof setTimeout> | null = null
  return (cursor: object) => {
    if (!focused()) return
    latest = cursor
    timer ??= setTimeout(() => {
      timer = null
      awareness.setLocalStateField('cursor', latest)
    }, CARET_MS)
  }
}

/** In text that can be edited a click puts the caret; with Ctrl or ⌘ it follows the link. */
function followLink(event: MouseEvent): boolean {
  if (!event.ctrlKey && !event.metaKey) return false
  const link = (event.target as Element).closest('a[href]')
  const href = safeHref(link?.getAttribute('href'))
  if (!href) return false
  window.open(href, '_blank', 'noopener,noreferrer')
  return true
}

function pick(event: MouseEvent, onPick: EditorOptions['onPick']): boolean {
  const target = (event.target as Element).closest<HTMLElement>('[data-suggestion], [data-comment]')
  if (target?.dataset.suggestion) onPick('suggestion', target.dataset.suggestion)
  else if (target?.dataset.comment) onPick('comment', target.dataset.comment)
  return false
}
