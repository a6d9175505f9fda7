/** The loaded text of a document: its pages, slides or sheets one after the other, the passage in it marked. */
import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import { strings } from '../../strings/documents.ts'
import { cutAt, marksIn } from './marks.ts'
import { PageHead } from './page-head.tsx'
import type { Passage } from './preview.tsx'
import type { Reading, ShownBlock } from './reading.ts'
import { unitOf } from './words.ts'

const words = strings.preview

interface Props {
  reading: Reading
  passage: Passage | null
  query: string
  /** The place that was last jumped to. */
  jumped: number | null
  /** Where there is a picture of a page; null where pages have none. */
  pictureOf: ((number: number) => string) | null
}

export function Text({ reading, passage, query, jumped, pictureOf }: Props) {
  const top = useRef<HTMLDivElement>(null)
  const blocks = reading.blocks.value
  const total = reading.of.value
  const marked = useRef<Passage | null>(null)
  useEffect(() => {
    // Once for each passage: reading on must not throw one back.
    if (!passage || passage === marked.current) return
    const found = top.current!.querySelector<HTMLElement>('.passage-here')
    if (!found) return
    marked.current = passage
    if (passage.start === 0 && passage.end === 0) return
    // A passage may be longer than the screen: the words that were looked for are what is wanted.
    const word = top.current!.querySelector('.passage-here b')
    ;(word ?? found).scrollIntoView({ block: 'center' })
    found.focus({ preventScroll: true })
  }, [passage, blocks])
  useEffect(() => {
    if (jumped === null) return
    const target = blocks.findLast(({ start }) => start <= jumped)
    const found = target && top.current!.querySelector<HTMLElement>(`[data-start="${target.start}"]`)
    ;(found?.closest('section')?.querySelector('[data-start]') === found ? found?.closest('section') : found)?.scrollIntoView({
      block: 'start',
    })
    found?.focus({ preventScroll: true })
  }, [jumped])
  const keepPlace = useKeptPlace(top, reading.from.value)

  return (
    <div ref={top} class="document-text">
      {reading.from.value > 0 && (
        <p class="actions">
          <button
            type="button"
            class="quiet"
            disabled={reading.busy.value}
            onClick={() => {
              keepPlace()
              reading.earlier()
            }}
          >
            {words.earlier}
          </button>
        </p>
      )}
      {sectionsOf(blocks).map((section) => (
        <section key={section[0]!.start}>
          <PageHead place={section[0]!.place} passage={passage} pictureOf={pictureOf} />
          {section.map((block, at) => (
            <BlockText key={block.start} block={block} before={section[at - 1]} passage={passage} query={query} />
          ))}
        </section>
      ))}
      {total !== null && reading.to.value < total ? (
        <More onMore={() => reading.later()} busy={reading.busy.value} at={reading.to.value} />
      ) : (
        total !== null && <p class="hint">{words.end}</p>
      )}
    </div>
  )
}

/** Keep what is read where it is while text is put in above it. */
function useKeptPlace(top: RefObject<HTMLDivElement | null>, from: number): () => void {
  const height = useRef<number | null>(null)
  const scroller = () => top.current?.parentElement ?? null
  useLayoutEffect(() => {
    const box = scroller()
    if (box && height.current !== null) box.scrollTop += box.scrollHeight - height.current
    height.current = null
  }, [from])
  return () => {
    height.current = scroller()?.scrollHeight ?? null
  }
}

/** What comes next is loaded when one is about to get there; the button is for those who do not scroll. */
function More({ onMore, busy, at }: { onMore: () => void; busy: boolean; at: number }) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const root = button.current!.closest('.preview-body')
    const seen = new IntersectionObserver((entries) => entries.some(({ isIntersecting }) => isIntersecting) && onMore(), {
      root,
      rootMargin: '600px 0px',
    })
    seen.observe(button.current!)
    return () => seen.disconnect()
  }, [at])
  return (
    <p class="actions">
      <button ref={button} type="button" class="quiet" disabled={busy} onClick={onMore}>
        {words.later}
      </button>
    </p>
  )
}

function sectionsOf(blocks: ShownBlock[]): ShownBlock[][] {
  const sections: ShownBlock[][] = []
  for (const block of blocks) {
    const last = sections.at(-1)
    if (last && unitOf(last[0]!.place) === unitOf(block.place)) last.push(block)
    else sections.push([block])
  }
  return sections
}

interface BlockProps {
  block: ShownBlock
  before: ShownBlock | undefined
  passage: Passage | null
  query: string
}

function BlockText({ block, before, passage, query }: BlockProps) {
  const notes = block.place.kind === 'slide' && block.place.part === 'notes'
  const firstOfNotes = notes && !(before?.place.kind === 'slide' && before.place.part === 'notes')
  const content = <Marked block={block} passage={passage} query={query} />
  const common = { dir: 'auto' as const, 'data-start': block.start, tabIndex: -1 }
  // Under the name of the document, or under that of its page.
  const Heading = unitOf(block.place) === null ? 'h3' : 'h4'
  return (
    <>
      {firstOfNotes && <p class="hint">{words.notes}</p>}
      {block.kind === 'heading' ? (
        <Heading {...common} class={`heading-${Math.min(block.level, 4)}`}>
          {content}
        </Heading>
      ) : (
        <p {...common} class={`block-${block.kind}`}>
          {content}
        </p>
      )}
    </>
  )
}

/** A block's words; the part of the passage that is in it is marked, and in that the words that were looked for. */
function Marked({ block, passage, query }: Omit<BlockProps, 'before'>) {
  const { from, text } = block
  if (!passage || passage.start > block.end || passage.end < block.start) return <>{text}</>
  if (passage.start === passage.end) {
    const here = passage.start >= block.start && passage.start < block.end
    return here ? (
      <span class="passage-here" tabIndex={-1}>
        {text}
      </span>
    ) : (
      <>{text}</>
    )
  }
  const characters = Array.from(text)
  const start = Math.max(passage.start - from, 0)
  const end = Math.min(Math.max(passage.end - from, 0), characters.length)
  const part = characters.slice(start, end).join('')
  if (!part) return <>{text}</>
  return (
    <>
      {characters.slice(0, start).join('')}
      <mark class="passage-here" tabIndex={-1}>
        {cutAt(part, marksIn(part, query)).map((piece, at) => (piece.marked ? <b key={at}>{piece.text}</b> : piece.text))}
      </mark>
      {characters.slice(end).join('')}
    </>
  )
}
