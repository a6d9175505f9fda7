/** Candidates to read: each with what it changes marked, beside each other on a desk, below each other on a phone. */
import type { ComponentChildren } from 'preact'
import { strings } from '../../strings/room.ts'
import { voting } from '../../strings/voting.ts'
import { compare, inLines } from './compare.ts'
import { isStatusQuo, letters, placeOf } from './ranking.ts'
import type { Candidate, CandidateSource, Ranking, Round } from './types.ts'

const words = voting.round

/** What people call the candidates of a round. */
export function namesOf({ candidates }: Round): Map<string, string> {
  const letter = letters(candidates)
  return new Map(
    candidates.map((one) => [one.id, isStatusQuo(one) ? words.statusQuo : words.candidate(letter.get(one.id)!)]),
  )
}

interface CardProps {
  one: Candidate
  name: string
  /** The text it would change. */
  before: string
  /** Where it is in the reader's ranking, and how to rank it; none for who does not rank. */
  ranking?: Ranking | undefined
  onRank?: ((id: string) => void) | undefined
}

export function CandidateCard({ one, name, before, ranking, onRank }: CardProps) {
  const statusQuo = isStatusQuo(one)
  return (
    <article class={statusQuo ? 'candidate status-quo' : 'candidate'} aria-label={name}>
      <header>
        <h4>{name}</h4>
        {/* Who made it is told like its way; a guess at its worth is not. */}
        <p class="hint">{statusQuo ? words.statusQuoHint : (words.styles[one.style] ?? one.style)}</p>
      </header>
      <Text before={statusQuo ? one.text : before} after={one.text} />
      {one.taken_back > 0 && <p class="warn">{words.takenBack(one.taken_back)}</p>}
      {one.changes.length > 0 && <Changes one={one} />}
      {ranking && onRank && <RankNext id={one.id} name={name} ranking={ranking} onRank={onRank} />}
    </article>
  )
}

function Text({ before, after }: { before: string; after: string }) {
  if (!after.trim()) return <p class="nothing">{words.empty}</p>
  // Where there was nothing all of it is new, and marks would say nothing.
  const pieces = before.trim() ? compare(before, after) : [{ kind: 'same' as const, text: after }]
  return (
    <div class="difference">
      {inLines(pieces).map((line, i) => (
        <p key={i} dir="auto">
          {line.map(({ kind, text }, j): ComponentChildren => {
            if (kind === 'same') return text
            return kind === 'added' ? <ins key={j}>{text}</ins> : <del key={j}>{text}</del>
          })}
        </p>
      ))}
    </div>
  )
}

function Changes({ one }: { one: Candidate }) {
  return (
    <details class="sources">
      <summary>{words.why}</summary>
      <ul>
        {one.changes.map(({ text, reason, sources }, i) => (
          <li key={i}>
            <p class="serif" dir="auto">
              {text}
            </p>
            {reason && (
              <p class="hint" dir="auto">
                {reason}
              </p>
            )}
            {sources.map((source, j) => (
              <Source key={j} source={source} />
            ))}
          </li>
        ))}
      </ul>
    </details>
  )
}

function Source({ source: { quote, author, document } }: { source: CandidateSource }) {
  const { anonymous, withheld } = strings.suggestions
  return (
    <p>
      {quote ? <q dir="auto">{quote}</q> : <span class="hint">{withheld}</span>}{' '}
      <span class="hint">
        – <bdi>{document?.name ?? author ?? anonymous}</bdi>
      </span>
    </p>
  )
}

function RankNext({ id, name, ranking, onRank }: { id: string; name: string; ranking: Ranking; onRank: (id: string) => void }) {
  const at = placeOf(ranking, id)
  return (
    <p class="actions">
      {at < 0 ? (
        <button type="button" aria-label={words.add(name)} onClick={() => onRank(id)}>
          {words.rankNext}
        </button>
      ) : (
        <span class="chip">
          {words.place(at + 1, ranking.length)}
          {ranking[at]!.length > 1 && `, ${words.shared}`}
        </span>
      )}
    </p>
  )
}
