/**
 * The statement as ProseMirror sees it.
 *
 * One textblock is one line of the shared text and stands for its characters plus one newline. What the newline
 * carries (header, list, blockquote, indent) decides the kind of block; anything else it carries is kept in
 * `other`, so that programs which know more than we do lose nothing when we edit beside their text.
 */
import { type MarkSpec, type NodeSpec, Schema, type TagParseRule } from 'prosemirror-model'
import { strings } from '../strings/statement.ts'
import { safeHref } from './links.ts'

export type Attributes = Record<string, unknown>

export const LIST_KINDS = ['bullet', 'ordered', 'checked', 'unchecked'] as const
export type ListKind = (typeof LIST_KINDS)[number]
export const DEEPEST_INDENT = 8

const lineAttrs = { indent: { default: 0 }, other: { default: {} } }

function lineDom(extra: string | null, indent: number): Record<string, string> {
  const classes = [extra, indent > 0 ? `indent-${indent}` : null].filter(Boolean).join(' ')
  return { ...(classes ? { class: classes } : {}), dir: 'auto' }
}

/** How deep a pasted list item lies in other lists. */
function depthOf(item: HTMLElement): number {
  let depth = -1
  for (let at = item.parentElement; at; at = at.parentElement) if (at.matches('ul, ol')) depth++
  return Math.min(Math.max(depth, 0), DEEPEST_INDENT)
}

/** What a pasted element had as its style (see `transformPastedHTML`). */
const styleOf = (dom: HTMLElement) => dom.dataset.style ?? ''

/** A mark for what was styled, whatever the element. */
const styled = (style: RegExp): TagParseRule => ({
  tag: '[data-style]',
  consuming: false,
  getAttrs: (dom) => style.test(styleOf(dom)) && null,
})

const nodes: Record<string, NodeSpec> = {
  doc: { content: '(line | list)+' },
  paragraph: {
    group: 'line',
    content: 'inline*',
    attrs: lineAttrs,
    // There are no tables here: a pasted row becomes a line. And an item is a line itself, without paragraphs in it.
    parseDOM: [{ tag: 'li > p', skip: true, priority: 60 }, { tag: 'p' }, { tag: 'tr' }],
    toDOM: (node) => ['p', lineDom(null, node.attrs.indent), 0],
  },
  heading: {
    group: 'line',
    content: 'inline*',
    attrs: { ...lineAttrs, level: { default: 1 } },
    defining: true,
    parseDOM: [1, 2, 3, 4, 5, 6].map((level) => ({ tag: `h${level}`, attrs: { level: Math.min(level, 2) } })),
    // The page's own headings come first: the title is h1, "Statement" h2.
    toDOM: (node) => [`h${Math.min(node.attrs.level + 2, 6)}`, lineDom(null, node.attrs.indent), 0],
  },
  blockquote: {
    group: 'line',
    content: 'inline*',
    attrs: lineAttrs,
    defining: true,
    parseDOM: [{ tag: 'blockquote' }],
    toDOM: (node) => ['blockquote', lineDom(null, node.attrs.indent), 0],
  },
  list: {
    content: 'item+',
    attrs: { kind: { default: 'bullet' } },
    parseDOM: [
      { tag: 'ul', attrs: { kind: 'bullet' } },
      { tag: 'ol', attrs: { kind: 'ordered' } },
    ],
    // `role` because VoiceOver drops the meaning of lists whose markers are drawn by the style sheet.
    toDOM: (node) => [
      node.attrs.kind === 'ordered' ? 'ol' : 'ul',
      { class: `list-${node.attrs.kind}`, role: 'list' },
      0,
    ],
  },
  item: {
    content: 'inline*',
    attrs: lineAttrs,
    defining: true,
    parseDOM: [{ tag: 'li', getAttrs: (dom) => ({ indent: depthOf(dom) }) }],
    toDOM: (node) => ['li', lineDom(null, node.attrs.indent), 0],
  },
  text: { group: 'inline' },
  /** One unit of the shared text we cannot show: somebody's image, formula, mention. Kept, never changed. */
  embed: {
    group: 'inline',
    inline: true,
    atom: true,
    attrs: { value: { default: null }, id: { default: null } },
    toDOM: () => ['span', { class: 'embed', role: 'img', 'aria-label': strings.embed, contenteditable: 'false' }],
  },
}

const marks: Record<string, MarkSpec> = {
  link: {
    attrs: { href: {} },
    inclusive: false,
    parseDOM: [
      {
        tag: 'a[href]',
        getAttrs: (dom) => {
          const href = safeHref(dom.getAttribute('href'))
          return href ? { href } : false
        },
      },
    ],
    toDOM: (mark) => {
      const href = safeHref(mark.attrs.href)
      return href
        ? ['a', { href, rel: 'noopener noreferrer nofollow', target: '_blank' }, 0]
        : ['span', { class: 'dead-link' }, 0]
    },
  },
  bold: {
    parseDOM: [
      { tag: 'strong' },
      // A well-known office wraps all it copies in a <b> that is not bold.
      { tag: 'b', getAttrs: (dom) => !/font-weight:\s*(normal|[1-5]00)/i.test(styleOf(dom)) && null },
      styled(/font-weight:\s*(bold|[6-9]00)/i),
    ],
    toDOM: () => ['strong', 0],
  },
  italic: {
    parseDOM: [{ tag: 'em' }, { tag: 'i' }, styled(/font-style:\s*italic/i)],
    toDOM: () => ['em', 0],
  },
  /** A formatting attribute we have no button for. Kept, and inherited by what is typed inside it. */
  other: {
    attrs: { name: {}, value: {} },
    excludes: '',
    toDOM: () => ['span', 0],
  },
}

export const schema = new Schema({ nodes, marks })
