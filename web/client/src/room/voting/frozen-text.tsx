/** A text as it was frozen, block by block. */
import type { ComponentChildren, VNode } from 'preact'
import { safeHref } from '../../statement/links.ts'
import type { Block, Span } from './types.ts'

export function FrozenText({ blocks }: { blocks: Block[] }) {
  const shown: VNode[] = []
  for (let at = 0; at < blocks.length; at++) {
    const block = blocks[at]!
    if (block.kind !== 'bullet' && block.kind !== 'ordered') {
      shown.push(<Line key={at} block={block} />)
      continue
    }
    // Neighbours of one kind are one list.
    const from = at
    while (blocks[at + 1]?.kind === block.kind) at++
    const items = blocks.slice(from, at + 1).map((item, i) => (
      <li key={i} class={`indent-${Math.min(item.level ?? 0, 4)}`} dir="auto">
        {item.spans.map(look)}
      </li>
    ))
    shown.push(block.kind === 'bullet' ? <ul key={from}>{items}</ul> : <ol key={from}>{items}</ol>)
  }
  return <div class="frozen-text">{shown}</div>
}

function Line({ block: { kind, level, spans } }: { block: Block }) {
  const words = spans.map(look)
  if (kind === 'quote') return <blockquote dir="auto">{words}</blockquote>
  if (kind !== 'heading') return <p dir="auto">{words}</p>
  // Below the headings of the panel, whose levels are 2 and 3.
  return (level ?? 1) === 1 ? <h4 dir="auto">{words}</h4> : <h5 dir="auto">{words}</h5>
}

function look({ text, bold, italic, link }: Span, i: number): ComponentChildren {
  let shown: ComponentChildren = text
  if (italic) shown = <em>{shown}</em>
  if (bold) shown = <strong>{shown}</strong>
  const href = safeHref(link)
  if (href)
    shown = (
      <a href={href} rel="noopener noreferrer" target="_blank">
        {shown}
      </a>
    )
  return <span key={i}>{shown}</span>
}
