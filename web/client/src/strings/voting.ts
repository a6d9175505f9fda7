/** Words of candidates and of deciding. */
import type { Choice, Outcome, Poll, Result, Rule, RuleKind } from '../room/voting/types.ts'

const number = new Intl.NumberFormat()
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`

/** A stretch of time: “3 days”, “2 hours”, “45 minutes”. */
export function lasting(minutes: number): string {
  if (minutes % 1440 === 0) return plural(minutes / 1440, 'day', 'days')
  return minutes % 60 === 0 ? plural(minutes / 60, 'hour', 'hours') : plural(minutes, 'minute', 'minutes')
}

/** When a text is agreed, in one or two plain sentences. `of`: how many voices there are. */
export function ruleInWords(rule: Rule, of: number): string {
  const voices = rule.per === 'delegation' ? plural(of, 'voice', 'voices') : plural(of, 'person', 'people')
  const agreed = {
    unanimity: `Agreed when ${of === 1 ? 'the only one asked approves' : `all ${voices} approve`}.`,
    no_objection: 'Agreed at the deadline if nobody objects and at least one approves.',
    k_of_n: `Agreed when at least ${rule.approvals} of ${voices} approve.`,
  }[rule.kind]
  const quorum = rule.quorum > 1 && rule.kind !== 'unanimity' ? ` At least ${rule.quorum} must have voted; to abstain counts as voting.` : ''
  const per = rule.per === 'delegation' ? ' A delegation is one voice: what more of its members say; where they are even it abstains.' : ''
  return agreed + quorum + per
}

export const voting = {
  title: 'Vote',
  nothing: 'Nothing is put to a vote at the moment.',
  nothingEarly: 'While people draft and refine, several texts can be compared and ranked here. At the end everybody decides here.',
  agreedTitle: 'The statement is agreed',
  dissent: 'What you hold against it can stand beside it as a dissent note.',
  toDissent: 'Write a dissent note',
  phaseMoved: 'Somebody else moved the session a moment ago, so nothing was done. Look at where it is now.',

  poll: {
    title: 'Do you agree to this text?',
    number: (n: number) => `Poll ${n}`,
    text: 'The text asked about',
    secret: 'Secret ballots',
    open: 'Open ballots',
    secretHint: 'Nobody here sees how you vote, the facilitator neither, only that you did. Sums are shown when the poll has ended. Whoever runs the server can read its database.',
    openHint: 'Everybody here sees how you vote.',
    vote: 'Your vote',
    choices: {
      approve: ['Approve', 'I agree to this text.'],
      object: ['Object', 'I do not agree to it.'],
      abstain: ['Abstain', 'I say neither.'],
    } satisfies Record<Choice, readonly [string, string]>,
    said: { approve: 'approves', object: 'objects', abstain: 'abstains' } satisfies Record<Choice, string>,
    mine: {
      approve: 'You approve.',
      object: 'You object.',
      abstain: 'You abstain.',
    } satisfies Record<Choice, string>,
    changeable: 'You can change it while the poll lasts.',
    cast: 'Cast my vote',
    change: 'Change my vote',
    pick: 'Choose one first.',
    otherText: 'The text was opened and changed meanwhile, so your vote was not counted. This is where it stands now; look again before you vote.',
    closed: 'The poll ended before your vote arrived, so it does not count.',
    noVote: 'You are not asked in this poll: it asks who was a participant when it opened.',
    votedSoFar: (cast: number, of: number) => `${number.format(cast)} of ${number.format(of)} have voted`,
    sums: (approve: number, object: number, abstain: number) =>
      `${number.format(approve)} approve · ${plural(object, 'objects', 'object')} · ${plural(abstain, 'abstains', 'abstain')}`,
    who: 'Who has voted',
    notYet: 'not yet',
    voted: 'has voted',
    waiting: 'How many said what is shown when the poll has ended.',
    fingerprint: 'Fingerprint of the text',
    fingerprintHint: 'Every ballot names this SHA-256. If the text were changed, no ballot for it would count.',
    outcomes: { agreed: 'Agreed', not_agreed: 'Not agreed', void: 'Void' } satisfies Record<Outcome, string>,
    voidHint: 'The text was opened again before the poll had ended, so none of its ballots counts.',
    notAgreedHint: 'The rule was not met, so the text is open again.',
    earlier: (n: number) => `Earlier polls (${n})`,
    reopen: 'Open the text again',
    reopenSure: 'All ballots of this poll become void.',
    reopenYes: 'Open it',
    cancel: 'Cancel',
  },

  frozen: {
    deciding: 'The text is frozen while people decide about it.',
    agreed: 'The statement is agreed. It does not change any more.',
    suggestions: 'While people decide about the text, nothing can be put into it.',
    go: 'To the vote',
    see: 'See how it was decided',
  },

  rule: {
    title: 'When is the text agreed?',
    chosen: 'The decision rule',
    default: 'Nobody has chosen yet; this is what holds otherwise.',
    change: 'Change the rule',
    choose: 'Choose the rule',
    kinds: {
      unanimity: ['Everybody approves', 'One objection or abstention is enough to prevent it. Without a deadline the poll stays open until everybody has voted.'],
      no_objection: ['Nobody objects', 'Who says nothing lets it pass, but one must approve. It needs a deadline, and is not agreed before.'],
      k_of_n: ['Enough people approve', 'Those who object can be outvoted; what they hold against it stays in their dissent notes.'],
    } satisfies Record<RuleKind, readonly [string, string]>,
    approvals: 'How many must approve',
    quorum: 'How many must vote',
    quorumHint: 'Abstentions count as voting. Silence is no consent: with too few voters nothing is agreed.',
    of: (n: number, per: Rule['per']) => `There ${n === 1 ? 'is' : 'are'} ${plural(n, per === 'delegation' ? 'voice' : 'person', per === 'delegation' ? 'voices' : 'people')} to be asked now.`,
    unreachable: (needed: number, of: number) => `It asks for ${needed} and there are only ${of} to be asked.`,
    per: 'Who has a voice',
    pers: {
      person: ['Each person', ''],
      delegation: ['Each delegation', 'What more of its members say; where they are even it abstains. Who belongs to none speaks for themselves.'],
    } satisfies Record<Rule['per'], readonly [string, string]>,
    deadline: 'How long the poll lasts',
    noDeadline: 'Without a deadline',
    units: { minutes: 'minutes', hours: 'hours', days: 'days' },
    lasts: (minutes: number) => `A poll lasts ${lasting(minutes)}.`,
    amount: 'How many',
    unit: 'Unit',
    facilitators: 'Facilitators vote too',
    secret: 'Secret ballots',
    secretHint: 'Only sums are shown, and only when the poll has ended.',
    locks: 'With the first ballot the rule and the secrecy are fixed for good, also for later polls.',
    locked: 'Somebody has voted, so the rule is fixed for good.',
    whileOpen: 'While a poll is open the rule stays as it is.',
    save: 'Set this rule',
    saved: 'The rule is set.',
    cancel: 'Cancel',
    start: 'Let people decide',
    startHint: 'The text is frozen, and everybody who is a participant now is asked about it.',
    startSure: 'Freeze the text and ask everybody?',
    startDefault: (words: string) => `Nobody has chosen a decision rule. With the one that holds otherwise: ${words} With the first ballot it is fixed for good.`,
    startYes: 'Open the poll',
    openRound: 'Candidates are being ranked. Count that round first.',
  },

  delegations: {
    title: 'Who speaks for whom',
    hint: 'People of one delegation may share a voice. Polls that are open keep what was true when they opened.',
    label: (name: string) => `Delegation of ${name}`,
    none: 'speaks for themselves',
    saved: (name: string) => `Kept for ${name}.`,
  },

  round: {
    title: (n: number) => `Round ${n}: which text is best?`,
    intro: 'Rank the candidates. The group’s first choice becomes suggestions; nothing enters the text by itself. Everybody sees them in another order.',
    statusQuo: 'The text as it stands',
    statusQuoHint: 'Nothing changes.',
    candidate: (letter: string) => `Candidate ${letter}`,
    styles: {
      neutral: 'balanced',
      'minority first': 'begins with what few say',
      minimal: 'as little as possible',
      concrete: 'who does what by when',
      broad: 'as much as there is room for',
      'everybody once': 'something of everybody',
      brief: 'the few that stand for most',
    } as Record<string, string>,
    empty: 'There is no text yet.',
    takenBack: (n: number) => `${plural(n, 'change is', 'changes are')} left out: what ${n === 1 ? 'it' : 'they'} rested on was taken back.`,
    why: 'Why, and where it comes from',
    removed: 'taken out',
    added: 'new',
    legend: 'Marked: what is new, and what is taken out.',
    compare: 'Compare side by side',
    columns: 'Candidates',
    compareTitle: 'Candidates side by side',
    close: 'Close',
    rankNext: 'Rank next',
    place: (at: number, of: number) => `Place ${at} of ${of}`,
    shared: 'shared',

    mine: 'Your ranking',
    how: 'Drag by the handle, or use the buttons or the arrow keys. Two may share a place; what you leave out counts as last.',
    unranked: 'Not ranked',
    unrankedHint: 'Together behind all others.',
    first: 'Nothing is ranked yet. Choose the best first.',
    grip: (name: string) => `Move ${name}`,
    gripKeys: 'Arrow keys move it, = gives it the place of the one above, Delete takes it out.',
    up: (name: string) => `${name} up`,
    down: (name: string) => `${name} down`,
    level: (name: string) => `${name}: same place as the one above`,
    split: (name: string) => `${name}: a place of its own`,
    out: (name: string) => `${name}: leave out`,
    add: (name: string) => `Rank next: ${name}`,
    said: (name: string, at: number, of: number, shared: boolean) =>
      `${name}: place ${at} of ${of}${shared ? ', shared' : ''}.`,
    saidOut: (name: string) => `${name}: not ranked.`,
    send: 'Send my ranking',
    sendAgain: 'Send the changed ranking',
    sent: 'Your ranking counts. You can change it until the round ends.',
    unsent: 'Changed, and not sent yet.',
    nothingRanked: 'Rank at least one first.',
    closed: 'The round ended before your ranking arrived, so it does not count.',
    observer: 'You are an observer: you see the candidates and rank none.',

    guess: 'A model guesses that you would rank them like this',
    guessHint: 'It counts only until you rank yourself, and not at all once half of the participants have. Your own replaces it.',
    guessWhy: 'Why',
    guessUse: 'Start from this guess',
    predictions: 'Predicted rankings',

    cast: (n: number, of: number) => `${number.format(n)} of ${number.format(of)} have ranked`,
    predicted: (n: number) => `${plural(n, 'ranking is', 'rankings are')} predicted by a model.`,
    count: 'Count the rankings',
    countSure: 'Who has not ranked cannot any more.',
    countYes: 'Count',
    cancel: 'Cancel',

    start: 'Candidates',
    startHint: 'The bot writes several texts from everybody’s inputs and comments, and people rank them.',
    startExtractive: 'The bot makes several selections of participants’ own sentences, and people rank them.',
    amount: 'How many texts the model writes',
    minutes: 'How long they can be ranked',
    noDeadline: 'Until I count',
    make: 'Make candidates',
    making: 'The bot is making candidates.',
    notNow: 'Candidates are made while drafting or refining.',
    failed: 'The last attempt did not work:',

    results: (n: number) => `Rounds that are counted (${n})`,
    resultOf: (n: number) => `Round ${n}`,
    winner: (name: string) => `First: ${name}`,
    calledOff: 'Nobody ranked anything, so nothing won.',
    order: 'The order',
    tied: 'tied before the lot',
    decided: ({ cast, asked, decided_by, predicted }: Result) =>
      decided_by === 'humans'
        ? `${number.format(cast)} of ${number.format(asked)} people ranked; only their rankings count.`
        : `${number.format(cast)} of ${number.format(asked)} people ranked; for ${number.format(predicted)} who did not and had consented, a model’s prediction counts.`,
    humansOnly: (name: string) => `By people’s rankings alone it would have been: ${name}.`,
    tau: (value: number) =>
      `Where people ranked themselves, the predictions agreed with them to ${new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 }).format(value)} (Kendall’s tau-b: 1 the same, 0 no relation, −1 the opposite).`,
    again: 'To count again',
    againHint: 'The count is Schulze’s method. Its seed, which decides between equals, is made of all ballots and a secret; the secret’s fingerprint was published before the first ballot. The audit bundle has all that is needed.',
    commitment: 'Published before',
    secret: 'The secret',
    seed: 'The seed',
    lots: (n: number) => (n === 0 ? 'No lot was needed.' : `Lots drawn between equals: ${number.format(n)}.`),
    toSuggestions: 'To the suggestions it became',
  },
}

/** How a poll ended. Of a void one nothing is added up: none of its ballots counts. */
export function outcomeInWords({ outcome, voices: { approve, object, abstain } }: Poll): string {
  if (!outcome) return ''
  const word = voting.poll.outcomes[outcome]
  if (outcome === 'void' || approve === null) return word
  return `${word}: ${voting.poll.sums(approve, object ?? 0, abstain ?? 0)}`
}
