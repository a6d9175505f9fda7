/** Where things stand: the phase and its deadline, what waits for me, what is new. On a phone the first screen. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { overview as words } from '../../strings/overview.ts'
import { strings } from '../../strings/room.ts'
import { exact, short } from '../../strings/times.ts'
import { clock } from '../clock.ts'
import { useRoom } from '../context.ts'
import { When } from '../deadline.tsx'
import { Icon } from '../icons.tsx'
import type { Room } from '../room.ts'
import { isDefault } from '../voting/rule.ts'
import type { NewsItem } from './visits.ts'
import { type Facts, type Task, waitingFor } from './waiting.ts'

export function Overview() {
  const room = useRoom()
  const { phase } = room.session.value
  return (
    <>
      <div class="panel-head">
        <h2 class="hidden">{words.title}</h2>
        <p class="where">
          <strong>{strings.phases[phase]}.</strong> {strings.phaseHints[phase]}
        </p>
        <Until />
      </div>
      <Waiting />
      <News />
    </>
  )
}

function Until() {
  const { deadline, poll, round } = useRoom().voting
  if (deadline.value) {
    const { of, at } = deadline.value
    return (
      <p class="until">
        <When at={at} say={of === 'poll' ? words.pollCloses : words.roundCloses} /> ({exact(at)}).
      </p>
    )
  }
  if (poll.value) return <p class="until">{words.pollOpen}</p>
  return round.value && <p class="until">{words.roundOpen}</p>
}

/** Everything that something may wait for. */
function factsOf(room: Room): Facts {
  const { me, phase, participants, inputs, run } = room.session.value
  const { poll, round, deliberation } = room.voting
  const asked = participants.filter(({ role }) => role === 'participant').length
  return {
    role: me.role,
    phase,
    inputs: room.inputs.value.length,
    allInputs: inputs.count,
    people: asked,
    suggestions: room.open.filter(({ verified, status }) => verified && status === 'open').length,
    comments: room.critiques.value.filter(({ resolved, visibility, mine }) => !resolved && !mine && visibility === 'open').length,
    round: round.value && {
      candidates: round.value.candidates.length,
      ranked: round.value.mine !== null,
      cast: round.value.cast,
      asked,
      closes_at: round.value.closes_at,
    },
    poll: poll.value && { mayVote: poll.value.may_vote, voted: poll.value.mine !== null, closes_at: poll.value.closes_at },
    ruleChosen: deliberation.value !== null && !isDefault(deliberation.value),
    botBusy: run?.status === 'queued' || run?.status === 'running',
    ran: run !== null,
  }
}

function Waiting() {
  const room = useRoom()
  // Nothing is promised to be all before it is known.
  if (!room.voting.deliberation.value) return <div class="skeleton" aria-busy="true" />
  const tasks = waitingFor(factsOf(room))
  return (
    <section class="waits" aria-labelledby="waits">
      <h3 id="waits">{words.waits}</h3>
      {tasks.length === 0 ? (
        <p class="nothing">{words.nothing}</p>
      ) : (
        <ul>
          {tasks.map((task) => (
            <li key={task.id}>
              <TaskButton task={task} />
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function TaskButton({ task: { id, tab, text, by } }: { task: Task }) {
  const room = useRoom()
  return (
    <button type="button" class="task" data-task={id} onClick={() => room.goTo(tab)}>
      <Icon name={tab} />
      <span class="task-name">{text}</span>
      {by && (
        <span class="hint">
          <When at={by} say={(when) => when} />
        </span>
      )}
      <Icon name="next" />
    </button>
  )
}

function News() {
  const room = useRoom()
  const { since } = room.visits
  const [problem, setProblem] = useState<string | null>(null)
  if (!since.value) return null
  const { since: at, news } = since.value
  const putAway = () => {
    setProblem(null)
    room.visits.putAway().catch((error) => setProblem(wordsFor(error)))
  }
  return (
    <section class="news" aria-labelledby="news">
      <h3 id="news">{at ? words.since(short(at, clock.value)) : words.firstVisit}</h3>
      {news.length === 0 ? (
        <p class="nothing">{at ? words.noNews : words.first}</p>
      ) : (
        <>
          <ul>
            {news.map((item) => (
              <li key={`${item.kind} ${item.number}`}>
                <NewsLine item={item} />
              </li>
            ))}
          </ul>
          <p class="actions">
            <button type="button" class="quiet" onClick={putAway}>
              {words.read}
            </button>
          </p>
        </>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}

function NewsLine({ item }: { item: NewsItem }) {
  return (
    <>
      <span dir="auto">{words.news[item.kind]?.(item)}</span> <time dateTime={item.at}>{short(item.at, clock.value)}</time>
    </>
  )
}
