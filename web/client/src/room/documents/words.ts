/** Places and sizes as people say them. */
import { strings } from '../../strings/documents.ts'
import type { DocumentRow, Place } from './types.ts'

const words = strings.places

/** “p. 12”, “slide 3”, “Harbour › Ships”; empty where a place says nothing. */
export function wordsOfPlace(place: Place | null | undefined): string {
  switch (place?.kind) {
    case 'page':
      return words.page(place.number)
    case 'slide':
      return place.part === 'notes' ? words.slideNotes(place.number) : words.slide(place.number)
    case 'row':
      return place.sheet ? words.rowOf(place.number, place.sheet) : words.row(place.number)
    case 'under':
      return (place.headings ?? []).join(' › ')
    case 'span':
      return words.time(place.start)
    default:
      return ''
  }
}

/** The places of a passage, which may go from one page to the next. */
export function wordsOfPlaces(places: Place[]): string {
  const [first, last] = [places[0], places.at(-1)]
  if (first?.kind === 'page' && last?.kind === 'page' && first.number !== last.number)
    return words.pages(first.number, last.number)
  return [...new Set(places.map(wordsOfPlace).filter(Boolean))].join(' – ')
}

/** What tells a page, slide or sheet from the next; null in flowing text. */
export function unitOf(place: Place): string | null {
  if (place.kind === 'page' || place.kind === 'slide') return `${place.kind} ${place.number}`
  return place.kind === 'row' ? `row ${place.sheet ?? ''}` : null
}

export function wordsOfUnit(place: Place): string {
  if (place.kind === 'page') return words.pageHead(place.number)
  if (place.kind === 'slide') return words.slideHead(place.number)
  return place.kind === 'row' && place.sheet ? place.sheet : words.sheetHead
}

const bytes = (unit: string) =>
  new Intl.NumberFormat(undefined, {
    style: 'unit',
    unit,
    unitDisplay: unit === 'byte' ? 'long' : 'short',
    maximumFractionDigits: 1,
  })
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

export function wordsOfSize(size: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(size, 1)) / 3), UNITS.length - 1)
  return bytes(UNITS[step]!).format(size / 1000 ** step)
}

/** “PDF, 12 pages, 1.2 MB”. */
export function wordsOfFile({ kind, units, size }: DocumentRow): string {
  const count = units > 0 && kind ? strings.units(kind, units) : null
  return [kind && strings.kinds[kind], count, wordsOfSize(size)].filter(Boolean).join(' · ')
}
