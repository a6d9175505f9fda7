/** Search: a field, and the passages that fit, each a way to its place in the document. */
import type { TargetedSubmitEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { documentsOf } from './documents.ts'
import { cutAt, excerptOf, marksIn } from './marks.ts'
import type { Found, Hit } from './types.ts'
import { wordsOfPlaces } from './words.ts'

const words = strings.search
const MOST = 20

interface Answer extends Found {
  query: string
}

export function SearchForm() {
  const room = useRoom()
  const documents = documentsOf(room)
  const [query, setQuery] = useState('')
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const asked = useRef(0)
  const form = useRef<HTMLFormElement>(null)

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const wanted = query.trim()
    if (!wanted) return
    const mine = ++asked.current
    setBusy(true)
    setProblem(null)
    try {
      const path = `${room.base}/search?${new URLSearchParams({ q: wanted, limit: String(MOST) })}`
      const found = await room.api<Found>('GET', path)
      if (mine === asked.current) setAnswer({ ...found, query: wanted })
    } catch (error) {
      if (mine === asked.current) setProblem(wordsFor(error))
    }
    if (mine === asked.current) setBusy(false)
  }
  const clear = () => {
    asked.current += 1
    setQuery('')
    setAnswer(null)
    setProblem(null)
    setBusy(false)
    form.current?.querySelector('input')?.focus()
  }
  /** Down from the field to the passages and along them, up and back. */
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    const stops = [...(form.current?.querySelectorAll<HTMLElement>('input, .hit') ?? [])]
    const at = stops.indexOf(document.activeElement as HTMLElement)
    if (event.key === 'Escape' && (answer || query)) clear()
    else if (step && at >= 0 && stops[at + step]) stops[at + step]!.focus()
    else return
    event.preventDefault()
  }
  const pending = documents.rows.value.some(({ status }) => status === 'uploaded' || status === 'processing')
  return (
    <form ref={form} class="search" role="search" onSubmit={submit} onKeyDown={onKey} noValidate>
      <label for="documents-query">{words.label}</label>
      <div class="search-line">
        <input
          id="documents-query"
          type="search"
          dir="auto"
          maxLength={1000}
          autocomplete="off"
          placeholder={words.placeholder}
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
        <button type="submit" disabled={busy}>
          {busy ? words.searching : words.go}
        </button>
      </div>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="hint" role="status">
        {answer && words.found(answer.hits.length)}
      </p>
      {answer && (
        <>
          <p class="hint">{how(answer, documents.model.value)}</p>
          {answer.hits.length === 0 && (
            <p class="nothing">
              <bdi>{words.nothing(answer.query)}</bdi> {answer.by === 'words' ? words.nothingHintWords : words.nothingHint}
            </p>
          )}
          {pending && <p class="hint">{words.notReady}</p>}
          <ul class="hits" aria-label={words.results}>
            {answer.hits.map((hit) => (
              <li key={`${hit.document.id}-${hit.start}`}>
                <HitButton hit={hit} query={answer.query} />
              </li>
            ))}
          </ul>
          <p class="actions">
            <button type="button" class="quiet" onClick={clear}>
              {words.clear}
            </button>
          </p>
        </>
      )}
    </form>
  )
}

/** Said openly: without a model only the very words are found. */
function how({ by }: Found, model: string | null): string {
  if (by === 'words and meaning') return words.byBoth
  return model === null ? words.byWords : words.byWordsNow
}

function HitButton({ hit, query }: { hit: Hit; query: string }) {
  const documents = documentsOf(useRoom())
  const { id, name } = hit.document
  const text = excerptOf(hit.text, query)
  const open = () => {
    documents.opened.value = { id, name, start: hit.start, end: hit.end, query }
  }
  return (
    <button type="button" class="hit" onClick={open}>
      <span class="hit-place">
        <bdi>{name}</bdi> <span class="chip">{wordsOfPlaces(hit.places)}</span>
      </span>
      <span class="hit-text" dir="auto">
        {cutAt(text, marksIn(text, query)).map((piece, at) => (piece.marked ? <mark key={at}>{piece.text}</mark> : piece.text))}
      </span>
      <span class="hint">{hit.found_by.map((one) => words.foundBy[one]).join(', ')}</span>
    </button>
  )
}
