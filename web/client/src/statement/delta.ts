/**
 * The shared text as runs (Quill's delta, made exact), and runs as an editor document.
 */
import { Fragment, type Node } from 'prosemirror-model'
import * as Y from 'yjs'
import { docFrom, type Line, marksFrom } from './lines.ts'
import { type Attributes, schema } from './schema.ts'

/** Some characters, or one unit that is not a character. */
export type Run = ({ text: string } | { embed: Embed }) & { attributes?: Attributes }

/**
 * An opaque unit. Plain values can be written again elsewhere (`value`); shared types, and content that has no
 * business in a text at all, are only known by where they are (`id`).
 */
export interface Embed {
  value: unknown
  id: string | null
}

/**
 * The text as runs that account for every unit `text.length` counts. `Y.Text.toDelta` does not: it leaves out
 * kinds of content that only a broken or hostile program puts into a text, and gives a string for an embed whose
 * value is a string. Whoever trusts it edits the wrong place from there on.
 */
export function runsOf(text: Y.Text): Run[] {
  const runs: Run[] = []
  let attributes: Attributes = {}
  let characters = ''
  const push = (run: Run) => {
    if (Object.keys(attributes).length > 0) run.attributes = { ...attributes }
    runs.push(run)
  }
  const flush = () => {
    if (characters) push({ text: characters })
    characters = ''
  }
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted) continue
    const { content } = item
    if (content instanceof Y.ContentString) {
      characters += content.str
    } else if (content instanceof Y.ContentFormat) {
      flush()
      if (content.value === null) delete attributes[content.key]
      else attributes = { ...attributes, [content.key]: content.value }
    } else if (item.countable) {
      flush()
      if (content instanceof Y.ContentEmbed) push({ embed: { value: content.embed, id: null } })
      else
        for (let i = 0; i < item.length; i++)
          push({ embed: { value: null, id: `${item.id.client}:${item.id.clock + i}` } })
    }
  }
  flush()
  return runs
}

/** The text with a placeholder for every unit that is no character, so that indexes into both agree. */
export function charactersOf(text: Y.Text): string {
  return runsOf(text)
    .map((run) => ('text' in run ? run.text : '\ufffc'))
    .join('')
}

/** The lines of some runs. Text after the last newline is a line too: its newline is implied. */
export function linesFromRuns(runs: Run[]): Line[] {
  const lines: Line[] = []
  let inline: Node[] = []
  const end = (attributes: Attributes) => {
    lines.push({ content: Fragment.fromArray(inline), attributes })
    inline = []
  }
  for (const run of runs) {
    const marks = marksFrom(run.attributes)
    if ('embed' in run) {
      inline.push(schema.node('embed', { ...run.embed }, undefined, marks))
      continue
    }
    run.text.split('\n').forEach((part, i) => {
      if (i > 0) end({ ...run.attributes })
      if (part) inline.push(schema.text(part, marks))
    })
  }
  if (inline.length > 0 || lines.length === 0) end({})
  return lines
}

/** The editor document for the shared text. */
export function docOf(text: Y.Text): Node {
  return docFrom(linesFromRuns(runsOf(text)))
}
