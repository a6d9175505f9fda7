/** What is different between two texts, word by word, to be marked in the second. */

export interface Piece {
  kind: 'same' | 'added' | 'removed'
  text: string
}

/** Beyond so many comparisons, whole lines are compared instead of words. */
const MOST_CELLS = 4_000_000

const words = (text: string) => text.match(/\n|[^\S\n]+|[^\s]+/g) ?? []
const lines = (text: string) => text.match(/[^\n]*\n|[^\n]+/g) ?? []

export function compare(before: string, after: string): Piece[] {
  const [a, b] = [words(before), words(after)]
  return a.length * b.length <= MOST_CELLS ? differences(a, b) : differences(lines(before), lines(after))
}

function differences(a: string[], b: string[]): Piece[] {
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head++
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  const same = (parts: string[]) => parts.map((text): Piece => ({ kind: 'same', text }))
  return grouped([
    ...same(b.slice(0, head)),
    ...middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)),
    ...same(b.slice(b.length - tail)),
  ])
}

/** Along the longest common subsequence. */
function middle(a: string[], b: string[]): Piece[] {
  const width = b.length + 1
  const length = new Uint32Array((a.length + 1) * width)
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      length[i * width + j] =
        a[i] === b[j]
          ? length[(i + 1) * width + j + 1]! + 1
          : Math.max(length[(i + 1) * width + j]!, length[i * width + j + 1]!)
  const pieces: Piece[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pieces.push({ kind: 'same', text: b[j]! })
      i++
      j++
    } else if (j === b.length || (i < a.length && length[(i + 1) * width + j]! >= length[i * width + j + 1]!)) {
      pieces.push({ kind: 'removed', text: a[i++]! })
    } else {
      pieces.push({ kind: 'added', text: b[j++]! })
    }
  }
  return pieces
}

/** Within one change, all that goes stands before all that comes; a space alone holds nothing apart. */
function grouped(pieces: Piece[]): Piece[] {
  const found: Piece[] = []
  let [gone, came] = ['', '']
  const flush = () => {
    if (gone) found.push({ kind: 'removed', text: gone })
    if (came) found.push({ kind: 'added', text: came })
    gone = came = ''
  }
  pieces.forEach(({ kind, text }, i) => {
    const changed = (at: number) => pieces[at] !== undefined && pieces[at].kind !== 'same'
    if (kind === 'removed') gone += text
    else if (kind === 'added') came += text
    else if (text.trim() === '' && !text.includes('\n') && changed(i - 1) && changed(i + 1)) {
      gone += text
      came += text
    } else {
      flush()
      const last = found.at(-1)
      if (last?.kind === 'same') last.text += text
      else found.push({ kind, text })
    }
  })
  flush()
  return found
}

/** The pieces of a text line by line. */
export function inLines(pieces: Piece[]): Piece[][] {
  const found: Piece[][] = [[]]
  for (const { kind, text } of pieces)
    text.split('\n').forEach((part, i) => {
      if (i > 0) found.push([])
      if (part) found.at(-1)!.push({ kind, text: part })
    })
  return found.filter((line) => line.length > 0)
}
