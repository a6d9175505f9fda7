/** Words of the overview. */
import type { NewsItem } from '../room/overview/visits.ts'
import { strings } from './room.ts'

const number = new Intl.NumberFormat()
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`
const list = (items: string[]) => new Intl.ListFormat('en').format(items)

const MOST_NAMES = 3

/** “ by Ana and Ben”, or nothing where that is not told. */
const by = ({ people }: NewsItem) => {
  if (people.length === 0) return ''
  const some = people.length > MOST_NAMES ? [...people.slice(0, MOST_NAMES - 1), `${people.length - MOST_NAMES + 1} others`] : people
  return ` by ${list(some)}`
}

export const overview = {
  title: 'Overview',
  waits: 'Waits for you',
  nothing: 'Nothing waits for you at the moment.',
  until: (when: string) => `until then: ${when}`,

  vote: 'Vote on the text',
  rank: (n: number) => `Rank ${plural(n, 'candidate', 'candidates')}`,
  input: 'Say what matters to you',
  suggestions: (n: number) => `Decide ${plural(n, 'suggestion', 'suggestions')}`,
  comments: (n: number) => `Answer ${plural(n, 'comment', 'comments')}`,
  invite: 'Invite people',
  count: 'Count the rankings: everybody has ranked',
  startBot: 'Let the bot propose sentences',
  chooseRule: 'Choose when the text is agreed',
  openPoll: 'Let people decide',

  pollCloses: (when: string) => `The poll closes ${when}`,
  roundCloses: (when: string) => `Ranking ends ${when}`,
  pollOpen: 'The poll has no deadline.',
  roundOpen: 'Candidates can be ranked until the facilitator counts.',
  head: { poll: (when: string) => `Poll closes ${when}`, round: (when: string) => `Ranking ends ${when}` },
  headOnPhone: { poll: (when: string) => `closes ${when}`, round: (when: string) => `ends ${when}` },
  overdue: 'now',

  since: (when: string) => `New since ${when}`,
  firstVisit: 'New',
  first: 'This is your first visit. What others do from now on is told here.',
  noNews: 'Nothing has happened since.',
  read: 'Mark as read',
  news: {
    poll_opened: ({ number: n }) => `Poll ${n} is open.`,
    poll_closed: ({ number: n, outcome }) =>
      outcome === 'agreed'
        ? 'The statement is agreed.'
        : outcome === 'void'
          ? `Poll ${n} is void: the text was opened again.`
          : `Poll ${n} ended without agreement; the text is open again.`,
    round_opened: ({ number: n }) => `Candidates of round ${n} can be ranked.`,
    round_closed: ({ number: n }) => `Round ${n} is counted.`,
    moved: ({ phase }) => `The session went to “${phase ? strings.phases[phase] : ''}”.`,
    rule: () => 'The decision rule was changed.',
    corrected: () => 'Title or question were corrected.',
    suggested: ({ count }) => `${plural(count, 'new suggestion', 'new suggestions')}.`,
    accepted: (one) => `${plural(one.count, 'suggestion', 'suggestions')} accepted${by(one)}.`,
    rejected: (one) => `${plural(one.count, 'suggestion', 'suggestions')} rejected${by(one)}.`,
    comments: (one) => `${plural(one.count, 'new comment', 'new comments')}${by(one)}.`,
    resolved: (one) => `${plural(one.count, 'comment', 'comments')} of yours settled${by(one)}.`,
    notes: ({ count }) => `${plural(count, 'new dissent note', 'new dissent notes')}.`,
    documents: (one) => `${plural(one.count, 'new document', 'new documents')}${by(one)}.`,
    inputs: ({ count }) => `${plural(count, 'new input', 'new inputs')}.`,
    joined: ({ count, people }) => (people.length <= MOST_NAMES ? `${list(people)} joined.` : `${number.format(count)} people joined.`),
  } satisfies Record<NewsItem['kind'], (item: NewsItem) => string> as Record<NewsItem['kind'], (item: NewsItem) => string>,
}
