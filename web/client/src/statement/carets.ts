/** The carets and selections of the others. */
import type { Node } from 'prosemirror-model'
import { Decoration } from 'prosemirror-view'
import type { Awareness } from 'y-protocols/awareness'
import type * as Y from 'yjs'
import { personOf } from '../sync/presence.ts'
import { STATEMENT } from './binding.ts'
import type { Layer } from './overlay.ts'
import { indexOf, posAt } from './positions.ts'

/** More carets than this cannot be told apart; the rest are still in the list of who is here. */
const MOST_CARETS = 60

export function caretLayer(text: Y.Text, awareness: Awareness, tintOf: (id: string) => string): Layer {
  return (doc) => {
    const drawn: Decoration[] = []
    for (const [client, state] of awareness.getStates()) {
      if (client === awareness.clientID || drawn.length >= MOST_CARETS) continue
      try {
        drawn.push(...caretOf(doc, text, client, state, tintOf))
      } catch {
        // Somebody's program tells nonsense about its caret.
      }
    }
    return drawn
  }
}

function caretOf(
  doc: Node,
  text: Y.Text,
  client: number,
  state: Record<string, unknown>,
  tintOf: (id: string) => string,
): Decoration[] {
  const cursor = state.cursor as { anchor?: unknown; head?: unknown } | null | undefined
  const head = indexOf(text, STATEMENT, cursor?.head)
  const person = personOf(state)
  if (head === null || !person) return []
  const anchor = indexOf(text, STATEMENT, cursor?.anchor) ?? head
  const at = posAt(doc, head)
  const tint = tintOf(person.id)
  const caret = Decoration.widget(at, () => caretElement(person.name, tint), {
    side: 0.5,
    key: `caret ${client} ${tint} ${person.name}`,
    ignoreSelection: true,
  })
  if (anchor === head) return [caret]
  const other = posAt(doc, anchor)
  return [Decoration.inline(Math.min(at, other), Math.max(at, other), { class: `selected ${tint}` }), caret]
}

/** Drawn for the eyes only: who is here and what they do is said elsewhere. */
function caretElement(name: string, tint: string): HTMLElement {
  const caret = document.createElement('span')
  caret.className = `caret ${tint}`
  caret.setAttribute('aria-hidden', 'true')
  const label = document.createElement('span')
  label.className = 'caret-name'
  label.dir = 'auto'
  label.textContent = name
  caret.append(label)
  return caret
}
