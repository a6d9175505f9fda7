/** The statement sentence by sentence: how each stands to its sources, and where it is in the text. */
import { useEffect, useRef } from 'preact/hooks'
import { charactersOf } from '../../statement/delta.ts'
import { findSentences, rangeAt } from '../../statement/sentences.ts'
import { strings as words } from '../../strings/sources.ts'
import { useRoom } from '../context.ts'
import { Icon, type IconName } from '../icons.tsx'
import { narrow } from '../narrow.ts'
import type { CitedSource, Sentence, Standing } from './types.ts'

const ICONS: Record<Standing, IconName> = { sourced: 'sources', edited: 'inputs', broken: 'unlink', unsourced: 'circle' }

export function Sentences({ sentences }: { sentences: Sentence[] }) {
  const room = useRoom()
  const list = useRef<HTMLOListElement>(null)
  const find = () => findSentences(charactersOf(room.connection.text), sentences.map(({ text }) => text))
  const caret = room.caret.value
  const current = rangeAt(find(), caret)
  const opened = useRef(true)
  useEffect(() => {
    // Only for who moves about in the text: for others the list stays where they have scrolled it.
    const moving = !opened.current && !list.current?.contains(document.activeElement)
    opened.current = false
    if (moving && current >= 0) list.current?.children[current]?.scrollIntoView({ block: 'nearest' })
  }, [current])
  useEffect(
    () => () => {
      // On a phone it is behind another tab, which the place was left for.
      if (!narrow.peek()) room.spot.value = null
    },
    [room],
  )
  const show = (index: number) => {
    const range = find()[index]
    if (!range) return
    room.caret.value = range.from
    room.point(range)
  }
  return (
    <section class="group" aria-labelledby="sentences">
      <h3 id="sentences">{words.sentences}</h3>
      {sentences.length === 0 ? (
        <p class="nothing">{words.noSentences}</p>
      ) : (
        <>
          <p class="hint">{words.sentencesHint}</p>
          <ol class="sentences" ref={list}>
            {sentences.map((sentence, index) => (
              <li key={index} class={index === current ? 'sentence current' : 'sentence'} aria-current={index === current}>
                <OneSentence sentence={sentence} onShow={() => show(index)} />
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

function OneSentence({ sentence, onShow }: { sentence: Sentence; onShow: () => void }) {
  const { text, standing, numbers, sources } = sentence
  const [name, meaning] = words.standings[standing]
  return (
    <>
      <button type="button" class="sentence-text" onClick={onShow}>
        <bdi dir="auto">{text}</bdi>
      </button>
      <p class={`standing standing-${standing}`} title={meaning}>
        <Icon name={ICONS[standing]} />
        {name}
        {standing !== 'sourced' && <span class="hint"> {meaning}</span>}
      </p>
      {numbers.length > 0 && <p class="warn">{words.numbers(numbers)}</p>}
      {sources.length > 0 && (
        <details class="sources">
          <summary>{words.sourcesOf(sources.length)}</summary>
          <ul>
            {sources.map((source) => (
              <li key={source.citation}>
                <OneSource source={source} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

function OneSource({ source }: { source: CitedSource }) {
  const { quote, author, document } = source
  const place = document?.place ? words.placeOf(document.place) : ''
  return (
    <>
      {quote ? <q dir="auto">{quote}</q> : <span class="hint">{document ? words.withheldDocument : words.withheld}</span>}
      <span class="hint">
        {' – '}
        {document ? (
          <>
            <bdi>{document.name ?? words.document}</bdi>
            {place && `, ${place}`}
            {author && <bdi>, {words.given(author)}</bdi>}
          </>
        ) : (
          <bdi>{author ?? words.anonymous}</bdi>
        )}
      </span>
    </>
  )
}
