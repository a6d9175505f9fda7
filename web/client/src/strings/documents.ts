/** Words of the documents place. */
import type { Visibility } from '../room/documents/types.ts'
import type { Unreadable } from '../room/documents/kinds.ts'

const number = new Intl.NumberFormat()
const plural = (n: number, one: string, many: string) => `${number.format(n)} ${n === 1 ? one : many}`
const list = (items: string[]) => new Intl.ListFormat('en').format(items)

export const strings = {
  title: 'Documents',
  intro: 'Files are evidence with places to cite. They are nobody’s opinion and get no vote.',
  observer: 'You see the documents that are shown to everybody in this session.',

  pick: 'Pick files',
  drop: 'Or drop them anywhere on this page.',
  dropHere: 'Let go to give these files',
  dropHint: 'Nothing is sent before you have said how they may be used.',
  kindsHint: (pictures: boolean) =>
    `PDF, Word, PowerPoint, Excel, OpenDocument, HTML, Markdown, text, CSV. ${
      pictures
        ? 'Photos (JPEG, PNG) and scans too: their text is read by a program, which makes mistakes.'
        : 'Not photos: no text is read from pictures, so a photo or scan of a page needs OCR first.'
    }`,

  giving: (n: number) => (n === 1 ? 'Give this file' : `Give these ${number.format(n)} files`),
  trayTitle: (n: number) => (n === 1 ? '1 file to give' : `${number.format(n)} files to give`),
  trayNone: 'None of these can be read here',
  cancel: 'Cancel',
  leaveOut: (name: string) => `Leave out ${name}`,
  unreadable: {
    folder: 'This is a folder. Open it and pick the files in it.',
    empty: 'This file is empty. Check that it was saved.',
    picture:
      'This is a picture, and no text is read from pictures here. A scanner app with OCR (“searchable PDF”) makes a file that can be read; or write what matters as your input.',
    recording: 'This is a recording or film, which cannot be read here. Give its text instead.',
    archive: 'This is an archive. Unpack it and give the files in it.',
    program: 'This is a program or script, not a document.',
  } satisfies Record<Unreadable, string>,

  visibility: 'Who may read it?',
  visibilities: {
    private: ['Only you and the bot', 'The others see of it only what the bot quotes, as you allow below.'],
    session: ['Everybody in this session', 'All can open, search and download it.'],
  } satisfies Record<Visibility, readonly [string, string]>,
  privateReads: 'You, the bot and the facilitator',
  visibilityShort: { private: 'only you and the bot', session: 'everybody here' } satisfies Record<Visibility, string>,
  privateReadsShort: 'you, the bot and the facilitator',
  quote: 'May it be quoted?',
  quotes: {
    anonymous: ['Yes, without my name', 'Passages may be shown as a source, with the file’s name if all may read it.'],
    named: ['Yes, with my name', 'Passages may be shown as a source, with your name as who gave it.'],
    never: ['No', 'The bot may take it into account, but nobody is shown its words.'],
  },

  sending: {
    title: 'On their way',
    states: {
      waiting: 'waits for its turn',
      sending: 'arriving',
      offline: 'no connection; goes on by itself',
      paused: 'paused',
      refused: 'not taken',
      lost: 'interrupted',
      expired: 'too long ago',
    },
    of: (sent: string, size: string) => `${sent} of ${size}`,
    progress: (name: string) => `How much of ${name} has arrived`,
    pause: 'Pause',
    resume: 'Go on',
    again: 'Try again',
    giveUp: 'Give up',
    giveUpSure: 'Delete what has arrived?',
    keep: 'Keep',
    dismiss: 'Dismiss',
    pickAgain: 'Pick the file again',
    lost: (sent: string | null) =>
      `The page was closed or loaded again. ${sent ? `${sent} are` : 'What has arrived is'} safe on the server. For your safety a browser does not let a page reopen your files by itself: pick the same file again, and it goes on from there.`,
    another: (name: string) => `That is another file, or it was changed since. Pick ${name} as it was, or give this one up and start anew.`,
    expired: 'The server keeps unfinished files for a day or so; this one is gone. Give the file again.',
    failed: 'The server could not take this file. Try again in a moment.',
    unreadable: 'Your browser could not read this file. Was it moved or deleted? Pick it again.',
  },

  mine: 'What you gave',
  others: 'Given by others',
  none: 'No documents yet.',
  noneObserver: 'No documents are shown to everybody yet.',
  status: {
    uploaded: 'arrived; waits to be read',
    processing: (percent: number) => `being read, ${percent} %`,
    ready: 'ready',
    failed: 'Cannot be used',
  },
  reading: (name: string) => `How far ${name} has been read`,
  kinds: {
    pdf: 'PDF', docx: 'Word', pptx: 'PowerPoint', xlsx: 'Excel', odt: 'OpenDocument text', html: 'HTML',
    markdown: 'Markdown', text: 'Text', csv: 'CSV', doc: 'Word (old)', ppt: 'PowerPoint (old)', xls: 'Excel (old)',
    odp: 'OpenDocument slides', ods: 'OpenDocument sheets', rtf: 'RTF',
  } as Record<string, string>,
  units: (kind: string, n: number) =>
    /ppt|odp/.test(kind)
      ? plural(n, 'slide', 'slides')
      : /xls|ods|csv/.test(kind)
        ? plural(n, 'sheet', 'sheets')
        : plural(n, 'page', 'pages'),
  notes: {
    'hidden-text': () => 'Text that nobody sees on the page (white, tiny or covered) was left out.',
    'hidden-slides': (n: number) => `${plural(n, 'hidden slide was', 'hidden slides were')} left out.`,
    'hidden-sheets': (n: number) => `${plural(n, 'hidden sheet was', 'hidden sheets were')} left out.`,
    'repeated-lines': () => 'Headers and footers that repeat on the pages were left out.',
    'needs-ocr': (n: number) => `${plural(n, 'page is a picture', 'pages are pictures')}, so nothing was read there. OCR makes them readable.`,
    'ocr-text': (n: number) => `${plural(n, 'page is a picture', 'pages are pictures')}: a program read the text, with mistakes.`,
    'ocr-uncertain': (n: number) => `On ${plural(n, 'page', 'pages')} it was not sure. Check before you cite.`,
    'hidden-text-unchecked': () => 'Whether there is text that nobody sees was not checked.',
  } as Record<string, (n: number) => string>,
  noteWhere: (where: (number | string)[], more: boolean) => `(${where.join(', ')}${more ? ', …' : ''})`,

  open: 'Open',
  openName: (name: string) => `Open ${name}`,
  download: 'Download',
  downloadName: (name: string) => `Download ${name} as it was given`,
  changeName: (name: string) => `Who may read and quote ${name}`,
  change: 'Change',
  save: 'Save',
  remove: 'Delete',
  removeSure: 'Delete the file and everything made of it?',

  search: {
    label: 'Search in the documents',
    placeholder: 'Words or a question',
    go: 'Search',
    searching: 'Searching…',
    found: (n: number) => (n === 0 ? 'Nothing found.' : plural(n, 'passage found.', 'passages found.')),
    nothing: (query: string) => `Nothing fits “${query}”.`,
    nothingHint: 'Try fewer or other words.',
    nothingHintWords: 'Only the very words are found: try others, or only their beginning as another word.',
    notReady: 'Documents that are still being read are not searched yet.',
    byWords: 'By words only: this server has no model set that finds by meaning.',
    byWordsNow: 'By words only: the model that finds by meaning could not be used just now.',
    byBoth: 'By words and by meaning.',
    foundBy: { words: 'by words', meaning: 'by meaning' },
    clear: 'Clear',
    results: 'Passages found',
  },

  preview: {
    close: 'Close',
    text: 'Text that was read',
    loading: 'Loading…',
    earlier: 'Show what comes before',
    later: 'Show more',
    end: 'The end.',
    jump: 'Go to',
    place: 'Place',
    found: 'The passage is marked.',
    notFound: 'The exact words were not found; this is the place they were cited from.',
    gone: 'This document is not here any more: it was deleted, or is not shown to you now.',
    notReady: 'It has not been read yet. Look again in a moment.',
    notes: 'Notes of the speaker',
    look: 'As it looks',
    lookName: (page: string) => `${page} as it looks`,
    lookAlt: (page: string, marked: boolean) =>
      `A picture of ${page.toLowerCase()}${marked ? ', the passage marked on it' : ''}. Its text follows.`,
    drawing: 'The page is being drawn…',
    notDrawn: 'This page cannot be shown as a picture now.',
  },

  places: {
    page: (n: number) => `p. ${number.format(n)}`,
    pages: (n: number, last: number) => `p. ${number.format(n)}–${number.format(last)}`,
    slide: (n: number) => `slide ${number.format(n)}`,
    slideNotes: (n: number) => `slide ${number.format(n)}, notes`,
    row: (n: number) => `row ${number.format(n)}`,
    rowOf: (n: number, sheet: string) => `${sheet}, row ${number.format(n)}`,
    time: (seconds: number) =>
      `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`,
    pageHead: (n: number) => `Page ${number.format(n)}`,
    slideHead: (n: number) => `Slide ${number.format(n)}`,
    sheetHead: 'Table',
  },

  source: {
    document: 'A document',
    private: 'a document that is not shown to all',
    open: (name: string) => `Open ${name} at this place`,
  },

  news: {
    ready: (names: string[]) => `${list(names)} can be searched now.`,
    failed: (names: string[]) => `${list(names)} cannot be used.`,
  },
}
