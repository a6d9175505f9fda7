/** Words of “Report”. */

export type Kind = 'pdf' | 'docx' | 'md' | 'json' | 'export'

export const strings = {
  title: 'Report',
  intro: (agreed: boolean) =>
    agreed
      ? 'The agreed statement with everything that led to it, to keep.'
      : 'The statement as it stands now, and everything that led to it. It is not agreed, and every report says so.',
  kinds: {
    pdf: ['PDF', 'To read, print and hand on: the text, sources, votes, dissent notes.'],
    docx: ['Word', 'The same, to work on in a word processor.'],
    md: ['Markdown', 'The same as plain text, for programs and archives.'],
    json: ['Signed record', 'Everything the report is made of, signed by this server, so that anybody can check it later.'],
    export: ['Statement only', 'The text with its sources and open comments, as Markdown.'],
  } satisfies Record<Kind, readonly [string, string]>,
  download: 'Download',
  downloadOf: (name: string) => `Download: ${name}`,
  making: 'Being made…',
  done: (name: string) => `${name} is in your downloads.`,

  verify: 'Checking a signed record',
  verifyHint:
    'On any machine with Accord, without a server: it checks the signature, adds up the ballots and counts every round again.',
  command: 'Command',
  key: 'Public key of this server',
  keyHint: 'Keep it somewhere people trust. A record that this key does not fit was not made here, or was changed.',
  copy: 'Copy',
  copyOf: (what: string) => `Copy: ${what}`,
  copied: 'Copied',
  copyFailed: 'This browser does not let the page copy. Select the text and copy it yourself.',
}
