/** Words seen inside the sheet. */
export const strings = {
  embed: 'Embedded object, kept as it is',
  label: 'Statement',
  placeholder: 'Nothing written yet. Write the first sentence, or give an input and let the bot propose one.',
  placeholderReadOnly: 'Nothing written yet.',
}
