/** Where sentences stand in the shared text. The server counts them, the text has gone on since. */

export interface Range {
  from: number
  to: number
}

/**
 * The place of each sentence, in their order; null for one that does not stand there any more.
 *
 * Of sentences with the same words the first is the first: each is looked for behind the one before it.
 */
export function findSentences(characters: string, sentences: string[]): (Range | null)[] {
  let behind = 0
  return sentences.map((sentence) => {
    const from = sentence ? characters.indexOf(sentence, behind) : -1
    if (from < 0) return null
    behind = from + sentence.length
    return { from, to: behind }
  })
}

/** Which of some ranges a place is in, its edges included; -1 if in none. */
export function rangeAt(ranges: (Range | null)[], at: number): number {
  return ranges.findIndex((range) => range !== null && range.from <= at && at <= range.to)
}
