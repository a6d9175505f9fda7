/** A poll: the frozen text, the rule, one's vote, who has voted and what came of it. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../../api.ts'
import { Choice as Option } from '../../forms.tsx'
import { overview } from '../../strings/overview.ts'
import { exact } from '../../strings/times.ts'
import { outcomeInWords, ruleInWords, voting } from '../../strings/voting.ts'
import { useRoom } from '../context.ts'
import { When } from '../deadline.tsx'
import { Icon } from '../icons.tsx'
import { panels } from '../panels.ts'
import { usePhaseMove } from '../phase-move.tsx'
import { FrozenText } from './frozen-text.tsx'
import { useText } from './texts.ts'
import { type Choice, CHOICES, type FrozenText as Text, type Poll } from './types.ts'

const words = voting.poll

export function PollCard({ poll }: { poll: Poll }) {
  const room = useRoom()
  const text = useText(poll.id)
  const open = poll.outcome === null
  return (
    <section class="group poll" aria-labelledby="poll">
      <h3 id="poll">{open ? words.title : voting.agreedTitle}</h3>
      <p>
        <span class="chip">{poll.secret ? words.secret : words.open}</span>
      </p>
      <p class="rule-words">{ruleInWords(poll.rule, poll.voices.of)}</p>
      {open && (
        <p class="hint">
          {poll.closes_at ? (
            <>
              <When at={poll.closes_at} say={overview.pollCloses} /> ({exact(poll.closes_at)}).
            </>
          ) : (
            overview.pollOpen
          )}
        </p>
      )}
      {text ? (
        <section class="asked-text" aria-label={words.text} tabIndex={0}>
          <FrozenText blocks={text.blocks} />
        </section>
      ) : (
        <div class="skeleton" aria-busy="true" />
      )}
      {open && text && (poll.may_vote ? <VoteForm key={poll.id} poll={poll} text={text} /> : !room.isObserver && <p class="hint">{words.noVote}</p>)}
      <Counted poll={poll} />
      <Fingerprint hash={poll.text_hash} />
      {!open && panels.dissents && (
        <p class="hint">
          {voting.dissent}{' '}
          <button type="button" class="quiet" onClick={() => room.goTo('dissents')}>
            {voting.toDissent}
          </button>
        </p>
      )}
      {open && room.isFacilitator && <Reopen />}
    </section>
  )
}

const REFUSED: Record<string, string> = { 'other-text': words.otherText, 'poll-closed': words.closed, 'no-vote': words.noVote }

function VoteForm({ poll, text }: { poll: Poll; text: Text }) {
  const room = useRoom()
  const [picked, setPicked] = useState<Choice | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const choice = picked ?? poll.mine
  const cast = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!choice) return setProblem(words.pick)
    setBusy(true)
    setProblem(null)
    try {
      await room.voting.vote(text, choice)
      setPicked(null)
    } catch (error) {
      const refused = error instanceof Problem && REFUSED[error.kind]
      setProblem(refused || wordsFor(error))
      if (refused) await Promise.all([room.voting.load(), room.voting.loadText(poll.id), room.loadSession()]).catch(() => {})
    }
    setBusy(false)
  }
  return (
    <form class="vote" onSubmit={cast}>
      <fieldset>
        <legend>{words.vote}</legend>
        {CHOICES.map((one) => {
          const [label, hint] = words.choices[one]
          return <Option key={one} name="choice" label={label} hint={hint} checked={choice === one} onPick={() => setPicked(one)} />
        })}
      </fieldset>
      <p class="hint">{poll.secret ? words.secretHint : words.openHint}</p>
      <p class="actions">
        <button type="submit" class="primary" disabled={busy || (poll.mine !== null && choice === poll.mine)}>
          {poll.mine ? words.change : words.cast}
        </button>
      </p>
      {/* Always there, so that it is read when something comes into it. */}
      <p class={poll.mine ? 'done' : ''} role="status">
        {poll.mine && `${words.mine[poll.mine]} ${words.changeable}`}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

function Counted({ poll }: { poll: Poll }) {
  const { voices, voters, secret, outcome } = poll
  return (
    <div class="counted">
      <p>
        <strong>{words.votedSoFar(voters.filter(({ voted }) => voted).length, voters.length)}</strong>
      </p>
      <progress aria-label={words.who} value={voices.cast} max={Math.max(voices.of, 1)} />
      <p>
        {voices.approve === null
          ? words.waiting
          : words.sums(voices.approve, voices.object ?? 0, voices.abstain ?? 0)}
      </p>
      <details class="voters">
        <summary>{words.who}</summary>
        <ul>
          {voters.map(({ id, name, delegation, voted, choice }) => (
            <li key={id} class={voted ? 'has-voted' : ''}>
              {voted ? <Icon name="check" /> : <span class="icon" />}
              <span>
                <bdi>{name}</bdi> {delegation && <span class="hint">(<bdi>{delegation}</bdi>)</span>}
              </span>
              <span class="hint">{choice ? words.said[choice] : voted ? words.voted : outcome ? '' : words.notYet}</span>
            </li>
          ))}
        </ul>
        {secret && <p class="hint">{words.secretHint}</p>}
      </details>
    </div>
  )
}

function Fingerprint({ hash }: { hash: string }) {
  return (
    <details class="fingerprint">
      <summary>{words.fingerprint}</summary>
      <p class="hint">{words.fingerprintHint}</p>
      <code>{hash}</code>
    </details>
  )
}

function Reopen() {
  const { move, problem, question } = usePhaseMove()
  return (
    <>
      <p class="actions">
        <button type="button" class="danger" onClick={() => move('refining')}>
          {words.reopen}
        </button>
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {question}
    </>
  )
}

export function EarlierPolls({ polls }: { polls: Poll[] }) {
  if (polls.length === 0) return null
  return (
    <details class="group earlier">
      <summary>{words.earlier(polls.length)}</summary>
      <ul>
        {[...polls].reverse().map((poll) => (
          <li key={poll.id} class={`outcome-${poll.outcome}`}>
            <EarlierPoll poll={poll} />
          </li>
        ))}
      </ul>
    </details>
  )
}

function EarlierPoll({ poll }: { poll: Poll }) {
  const [opened, setOpened] = useState(false)
  const hint = poll.outcome === 'void' ? words.voidHint : poll.outcome === 'not_agreed' ? words.notAgreedHint : ''
  return (
    <>
      <p>
        <strong>{words.number(poll.number)}</strong> · <span class="outcome">{outcomeInWords(poll)}</span>
      </p>
      <p class="hint">
        {exact(poll.opened_at)} · {ruleInWords(poll.rule, poll.voices.of)} {hint}
      </p>
      <details onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary>{words.text}</summary>
        {opened && <TextOf poll={poll.id} />}
      </details>
    </>
  )
}

function TextOf({ poll }: { poll: string }) {
  const text = useText(poll)
  return text ? <FrozenText blocks={text.blocks} /> : <div class="skeleton" aria-busy="true" />
}
