/** Words seen inside the sheet. */
export const strings = {
  embed: 'Embedded object, kept as it is',
  label: 'Statement',
  placeholder: 'Nothing written yet. Write the first sentence, or give an input and let the bot propose one.',
  proposedBy: (authors: string[]) => `Proposed by ${new Intl.ListFormat('en').format(authors)}, not part of the text`,
  placeholderReadOnly: 'Nothing written yet.',
}
