/** Suggestions and commented passages, drawn in the text. The text itself stays clean until somebody accepts. */
import type { Node } from 'prosemirror-model'
import { Decoration } from 'prosemirror-view'
import type * as Y from 'yjs'
import { STATEMENT } from './binding.ts'
import { charactersOf } from './delta.ts'
import type { Layer } from './overlay.ts'
import { indexOf, posAt } from './positions.ts'
import { isDecided, type Place, placeOf, type Shown } from './suggestions.ts'

const MOST_DRAWN = 200

export function proposalLayer(text: Y.Text, shown: () => Shown[], selected: () => string | null): Layer {
  return (doc) => {
    const characters = charactersOf(text)
    return shown()
      .filter((one) => !isDecided(one))
      .slice(0, MOST_DRAWN)
      .flatMap((one, order) => {
        const place = placeOf(text, characters, one)
        return place ? proposal(doc, place, one, order, one.id === selected()) : []
      })
  }
}

function proposal(doc: Node, place: Place, one: Shown, order: number, selected: boolean): Decoration[] {
  const classes = [selected && 'current', !one.verified && 'unverified', one.status === 'drafting' && 'drafting']
  const look = ['', ...classes.filter(Boolean)].join(' ')
  const to = posAt(doc, place.to)
  const drawn: Decoration[] = []
  if (place.to > place.from)
    drawn.push(
      Decoration.inline(posAt(doc, place.from), to, {
        nodeName: 'del',
        class: `proposal${look}`,
        'data-suggestion': one.id,
      }),
    )
  if (one.text)
    drawn.push(
      Decoration.widget(to, () => insertion(one, look), {
        // Behind the text, before carets, in the order of the list.
        side: 1 + order / (MOST_DRAWN * 2),
        key: `proposal ${one.id} ${look} ${one.apart} ${one.text}`,
        ignoreSelection: true,
      }),
    )
  return drawn
}

function insertion({ id, text, apart }: Shown, look: string): HTMLElement {
  const element = document.createElement('ins')
  element.className = `proposal${apart ? ' apart' : ''}${look}`
  element.contentEditable = 'false'
  element.dir = 'auto'
  element.dataset.suggestion = id
  element.textContent = text
  return element
}

export interface Passage {
  id: string
  start: unknown
  end: unknown
}

/** Passages that open comments are about. */
export function passageLayer(text: Y.Text, passages: () => Passage[], selected: () => string | null): Layer {
  return (doc) =>
    passages()
      .slice(0, MOST_DRAWN)
      .flatMap(({ id, start, end }) => {
        const from = indexOf(text, STATEMENT, start)
        const to = indexOf(text, STATEMENT, end)
        if (from === null || to === null || from >= to) return []
        const look = `passage${id === selected() ? ' current' : ''}`
        return [Decoration.inline(posAt(doc, from), posAt(doc, to), { class: look, 'data-comment': id })]
      })
}
