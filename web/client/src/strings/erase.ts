/** What is said of erasing. */
const number = new Intl.NumberFormat()
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`

export const strings = {
  erase: 'Erase',
  title: { input: 'Erase this input for good?', document: 'Erase this document for good?' },
  yes: 'Erase for good',
  asking: 'Erasing…',
  no: 'Keep it',
  goes: 'What goes from this server',
  going: {
    input: 'What you wrote, all its quotes, and what the bot keeps of it.',
    document: 'The file, the text read from it, its place in the search, and all its quotes.',
  },
  suggestions: 'Suggestions that come from it: those nobody has decided on are withdrawn.',
  history: 'The earlier versions of the statement, of everybody, up to now.',
  stays: 'What may remain',
  statement: 'Sentences of it that were accepted into the statement. They are the group’s by now.',
  others: 'What others have written themselves, and texts that people have voted on.',
  copies: 'Reports somebody has downloaded, backups of the server, and browsers that keep the room for writing offline.',
  provider: 'Copies at the provider of the AI model, as long as its terms say.',
  audit: 'That you have erased something, and when. Not what.',

  erased: 'Erased',
  kinds: { input: 'An input', document: 'A document' },
  states: { erasing: 'is being erased', rewriting: 'is gone; the server’s files are being cleaned', done: 'is erased' },
  standing: (n: number) =>
    `${plural(n, 'sentence', 'sentences')} of it stood in the statement. If the group takes them out, what is left can be erased too.`,
  again: 'Erase what is left',
  withdrawn: 'Withdrawn',
  withdrawnHint: 'Not read and not shown any more, but still on the server until you erase it.',
}
