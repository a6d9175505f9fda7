/** Words of “Sources”: what is counted, where sentences come from, what became of my points. */
import type { Fate } from '../room/receipt/types.ts'
import type { DocumentPlace, Standing } from '../room/sources/types.ts'

const number = new Intl.NumberFormat()
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 })
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`
const list = (items: string[]) => new Intl.ListFormat('en').format(items)
const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`

export const strings = {
  title: 'Sources',
  intro: 'Where each sentence comes from, and who is not yet heard. Everything here is counted, nothing is guessed.',
  loading: 'Counting…',

  measured: 'In numbers',
  notYet: 'Not counted yet',
  share: (value: number) => percent.format(value),
  measures: {
    groundedness: ['Sourced', 'Sentences that stand as they were accepted, on words somebody really gave.'],
    coverage: ['People heard', 'People whose words such a sentence rests on, among all who gave an input.'],
    weakest: ['Least heard', 'The same for the delegation, or the person, that fares worst.'],
    mine: ['My inputs', 'How many of your inputs a sentence rests on.'],
  } as const,
  sentencesOf: (some: number, all: number) => `${number.format(some)} of ${plural(all, 'sentence', 'sentences')}`,
  uncited: (some: number, all: number) =>
    all === 0
      ? 'No inputs have been given yet.'
      : some === 0
        ? all === 1
          ? 'The one input is used.'
          : `Each of the ${number.format(all)} inputs is used.`
        : `${number.format(some)} of ${plural(all, 'input is', 'inputs are')} used nowhere yet.`,
  uncitedShow: 'Show them',
  uncitedGone: 'An input that was taken back meanwhile.',

  sentences: 'Sentence by sentence',
  sentencesHint: 'Choose a sentence to see it in the text. Where your caret is in the text is marked here.',
  noSentences: 'The statement is still empty.',
  standings: {
    sourced: ['Sourced', 'As accepted, with words an input really has.'],
    edited: ['Edited', 'Reworded by participants, from a sentence with sources.'],
    broken: ['Source lost', 'As accepted, but what it was taken from is gone or was disputed.'],
    unsourced: ['Written here', 'Written by participants. It rests on no input.'],
  } satisfies Record<Standing, readonly [string, string]>,
  numbers: (some: string[]) =>
    some.length === 1 ? `The number ${some[0]} is in no source.` : `The numbers ${list(some)} are in no source.`,
  sourcesOf: (n: number) => plural(n, 'source', 'sources'),
  anonymous: 'a participant, without name',
  withheld: 'An input its author does not want quoted.',
  withheldDocument: 'A document its giver does not want quoted.',
  document: 'a document',
  given: (name: string) => `given by ${name}`,
  gone: 'It no longer stands in the text like this.',
  placeOf: (place: DocumentPlace): string => {
    switch (place.kind) {
      case 'page':
        return `page ${place.number}`
      case 'slide':
        return `slide ${place.number}`
      case 'row':
        return place.sheet ? `row ${place.number} of ${place.sheet}` : `row ${place.number}`
      case 'under':
        return place.headings.length > 0 ? `under ${place.headings.join(' › ')}` : ''
      case 'span':
        return `at ${clock(place.start)}`
      default:
        return ''
    }
  },

  points: 'Your points',
  pointsHint: 'Each sentence you gave, and where it went. Only you see this.',
  noPoints: 'You have given no input yet.',
  toInputs: 'Say what matters to you',
  fates: {
    in_text: 'In the text',
    in_text_edited: 'In the text, in other words',
    proposed: 'Proposed',
    disputed: 'You said: not what I meant',
    rejected: 'Rejected',
    not_used: 'Not in the text',
  } satisfies Record<Fate, string>,
  heardOf: (some: number, all: number) => `${number.format(some)} of ${plural(all, 'point is', 'points are')} in the text.`,
  because: (reason: string) => `Why: ${reason}`,
  asText: 'There it says:',
  asProposal: 'The proposal says:',
  asRejected: 'The rejected proposal said:',
  asDisputed: 'It said:',
  showText: 'Show in the text',
  showSuggestion: 'Show the suggestion',
  dispute: 'That is not what I meant',
  disputeHint: 'It then no longer counts as yours, and the bot is told, in private.',
  meant: 'What did you mean? (may stay empty)',
  send: 'Say so',
  sending: 'Saying so…',
  cancel: 'Cancel',
  disputedDone: 'Noted. It no longer counts as yours, and the bot takes it up when it runs next.',
}
