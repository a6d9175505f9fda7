/** Words of “History”. */
import type { Version, Writer } from '../room/history/types.ts'

const number = new Intl.NumberFormat()
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`

export const strings = {
  title: 'History',
  intro: 'What the statement was, and who wrote it. A version ends where people pause.',
  none: 'Nothing has been written yet.',
  more: 'Earlier versions',
  loading: 'Fetching…',
  today: 'Today',
  now: 'Now',
  span: (from: string, to: string) => (from === to ? to : `${from} – ${to}`),
  causes: {
    written: '',
    accepted: 'Suggestions accepted',
    restored: 'An earlier version restored',
    found: 'What was here when versions began to be kept',
  } satisfies Record<Version['cause'], string>,
  poll: (n: number) => `Asked about in vote ${n}`,
  joined: (n: number) => `${number.format(n)} versions of that day, kept as one`,
  nobody: 'Somebody',
  server: 'The server',
  did: (added: number, removed: number) =>
    [added > 0 && `+${number.format(added)}`, removed > 0 && `−${number.format(removed)}`].filter(Boolean).join(' ') ||
    'look only',
  didSpoken: (added: number, removed: number) =>
    [
      added > 0 && plural(added, 'character added', 'characters added'),
      removed > 0 && plural(removed, 'character removed', 'characters removed'),
    ]
      .filter(Boolean)
      .join(', ') || 'changed how words look',
  characters: (n: number) => plural(n, 'character', 'characters'),

  version: (when: string) => `Version of ${when}`,
  back: 'All versions',
  view: 'Show',
  views: { authors: 'Who wrote it', changes: 'Changes since' },
  empty: 'The statement was empty.',
  unknownAuthor: 'not known any more',
  how: {
    typed: '',
    accepted: 'a suggestion',
    restored: 'by restoring',
    server: '',
  } satisfies Record<Writer['how'], string>,
  same: 'Nothing has changed since.',
  changesHint: 'Struck out: gone since then. Underlined: new since then.',
  removed: 'Gone',
  added: 'New',

  restore: 'Restore this version',
  restoreSure: 'The statement becomes what it was then. What is there now stays in the history.',
  yes: 'Restore',
  no: 'Cancel',
  frozen: 'While people decide, and once they agreed, the text stays as it is.',
  restoring: 'Restoring…',
  restored: (when: string) => `The statement is the version of ${when} again. To undo that, restore the one it was before.`,
  wasSo: 'The statement is just that already.',
}
