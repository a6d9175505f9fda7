/** A text with who wrote which words: a colour, and letters where somebody else goes on. */
import type { ComponentChildren, JSX } from 'preact'
import { strings as words } from '../../strings/history.ts'
import { useRoom } from '../context.ts'
import type { Block, Part, VersionText, Writer } from './types.ts'
import { nameOf, tintFor, Who } from './who.tsx'

export function Signed({ text }: { text: VersionText }) {
  const { blocks, authors } = text
  const there = new Set(blocks.flatMap(({ parts }) => parts.map(({ author }) => author)))
  if (there.size === 0) return <p class="nothing">{words.empty}</p>
  let before: number | null = null
  return (
    <>
      <Legend authors={authors.filter((_, i) => there.has(i))} unknown={there.has(null)} />
      <div class="signed">
        {blocks.map((block, i) => (
          <OneBlock key={i} block={block}>
            {block.parts.map((part, j) => {
              const goesOn = part.author === before && j > 0
              before = part.author
              return <OnePart key={j} part={part} writer={part.author === null ? null : authors[part.author]!} goesOn={goesOn} />
            })}
          </OneBlock>
        ))}
      </div>
    </>
  )
}

function Legend({ authors, unknown }: { authors: Writer[]; unknown: boolean }) {
  return (
    <ul class="legend">
      {authors.map((writer, i) => (
        <li key={i}>
          <Who writer={writer} />
          <bdi>{nameOf(writer)}</bdi>
          {words.how[writer.how] && <span class="hint">({words.how[writer.how]})</span>}
        </li>
      ))}
      {unknown && <li class="hint">– {words.unknownAuthor}</li>}
    </ul>
  )
}

function OneBlock({ block, children }: { block: Block; children: ComponentChildren }) {
  const { kind, parts } = block
  if (parts.length === 0) return null
  const mark = kind === 'bullet' ? '• ' : kind === 'ordered' ? '– ' : null
  return (
    <p class={`block-${kind}`} dir="auto">
      {mark && <span aria-hidden="true">{mark}</span>}
      {children}
    </p>
  )
}

interface PartProps {
  part: Part
  writer: Writer | null
  goesOn: boolean
}

function OnePart({ part, writer, goesOn }: PartProps) {
  const room = useRoom()
  let shown: JSX.Element = <>{part.text}</>
  if (part.italic) shown = <em>{shown}</em>
  if (part.bold) shown = <strong>{shown}</strong>
  const how = writer && words.how[writer.how]
  const name = writer ? `${nameOf(writer)}${how ? ` (${how})` : ''}` : words.unknownAuthor
  return (
    <span class={writer ? `words ${tintFor(room, writer)}` : 'words unknown'} title={name}>
      {!goesOn && writer && (
        <>
          <Who writer={writer} />
          <span class="hidden">{name}: </span>
        </>
      )}
      {shown}
    </span>
  )
}
