/** Suggestions and commented passages, drawn in the text. The text itself stays clean until somebody accepts. */
import { Decoration } from 'prosemirror-view'
import type * as Y from 'yjs'
import { strings } from '../strings/statement.ts'
import { STATEMENT } from './binding.ts'
import { charactersOf } from './delta.ts'
import type { Layer } from './overlay.ts'
import { indexOf, posAt } from './positions.ts'
import { isDecided, placeOf, type Shown } from './suggestions.ts'

const MOST_DRAWN = 200

export function proposalLayer(text: Y.Text, shown: () => Shown[], selected: () => string | null): Layer {
  return (doc) => {
    const characters = charactersOf(text)
    const drawn: Decoration[] = []
    const inLine = new Groups()
    const behindBlock = new Groups()
    const opened = new Set<number>()
    for (const one of shown().filter((one) => !isDecided(one)).slice(0, MOST_DRAWN)) {
      const place = placeOf(text, characters, one)
      if (!place) continue
      const to = posAt(doc, place.to)
      if (place.to > place.from) drawn.push(removal(posAt(doc, place.from), to, one, selected()))
      if (one.apart) opened.add(to)
      // A sentence goes on where a proposed paragraph began.
      if (one.text && opened.has(to)) behindBlock.add(doc.resolve(to).after(1), one)
      else if (one.text) inLine.add(to, one)
    }
    for (const [at, some] of inLine) drawn.push(insertion(at, some, selected(), sentences))
    for (const [at, some] of behindBlock) drawn.push(insertion(at, some, selected(), paragraphs))
    return drawn
  }
}

/** Suggestions for one place. */
class Groups extends Map<number, Shown[]> {
  add(at: number, one: Shown) {
    this.set(at, [...(this.get(at) ?? []), one])
  }
}

function look({ id, verified, status }: Shown, selected: string | null): string {
  const classes = ['proposal', id === selected && 'current', !verified && 'unverified', status === 'drafting' && 'drafting']
  return classes.filter(Boolean).join(' ')
}

function removal(from: number, to: number, one: Shown, selected: string | null): Decoration {
  return Decoration.inline(from, to, { nodeName: 'del', class: look(one, selected), 'data-suggestion': one.id })
}

type Make = (some: Shown[], selected: string | null) => HTMLElement

function insertion(at: number, some: Shown[], selected: string | null, make: Make): Decoration {
  const key = some.map((one) => `${one.id} ${look(one, selected)} ${one.apart} ${one.text}`).join('\n')
  // Behind the text and behind carets: those are at the end of what is there.
  return Decoration.widget(at, () => make(some, selected), { side: 1, key, ignoreSelection: true })
}

function box(tag: 'span' | 'div'): HTMLElement {
  const element = document.createElement(tag)
  element.className = 'proposals'
  element.contentEditable = 'false'
  return element
}

const sentences: Make = (some, selected) => {
  const all = box('span')
  for (const one of some) all.append(' ', inserted(one, look(one, selected)))
  return all
}

const paragraphs: Make = (some, selected) => {
  const all = box('div')
  const label = document.createElement('small')
  label.textContent = strings.proposedBy([...new Set(some.map(({ author }) => author))])
  all.append(label)
  for (const one of some) {
    if (one.apart || all.lastChild === label) all.append(document.createElement('p'))
    const paragraph = all.lastChild as HTMLElement
    if (paragraph.hasChildNodes()) paragraph.append(' ')
    paragraph.append(inserted(one, look(one, selected)))
  }
  return all
}

function inserted({ id, text, author }: Shown, classes: string): HTMLElement {
  const element = document.createElement('ins')
  element.className = classes
  element.dir = 'auto'
  element.dataset.suggestion = id
  element.title = strings.proposedBy([author])
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
