/** One suggestion: what would change, why, from which inputs, and what to do with it. */
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../api.ts'
import { useDraft } from '../draft.ts'
import type { Shown } from '../statement/suggestions.ts'
import { strings } from '../strings/room.ts'
import type { Source, Suggestion } from '../types.ts'
import { useRoom } from './context.ts'
import { DocumentSource } from './documents/source.tsx'
import { focusOnce } from './focus.ts'
import { Icon } from './icons.tsx'
import { mayWrite } from './sheet.tsx'

const words = strings.suggestions

const MISSED: Record<string, string> = { 'already-decided': words.already, 'stale-suggestion': words.stale }

interface CardProps {
  one: Shown
  onDecided: () => void
  /** Others were quicker, or the text has moved on: the card is about to go, so its place cannot say why. */
  onMissed: (words: string) => void
}

export function SuggestionCard({ one, onDecided, onMissed }: CardProps) {
  const room = useRoom()
  const place = room.places.value.get(one.id)
  const [editing, setEditing] = useState(false)
  const [wording, setWording] = useDraft(`wording:${one.id}`, one.text)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const decidable = mayWrite(room) && one.verified && one.status === 'open' && !busy

  const decide = async (verdict: 'accept' | 'reject', text?: string) => {
    setBusy(true)
    setProblem(null)
    try {
      const path = `${room.base}/suggestions/${encodeURIComponent(one.id)}/${verdict}`
      const row = await room.api<Suggestion>('POST', path, text === undefined ? {} : { text })
      setWording('')
      room.keepRow(row)
      onDecided()
    } catch (error) {
      const missed = error instanceof Problem && MISSED[error.kind]
      if (missed) {
        await room.loadSuggestions().catch(() => {})
        onDecided()
        onMissed(missed)
      } else {
        setProblem(wordsFor(error))
      }
    }
    setBusy(false)
  }
  const edit = () => {
    setWording(wording || one.text)
    setEditing(true)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey || !decidable) return
    const act = { a: () => decide('accept'), r: () => decide('reject'), e: edit }[event.key]
    if (!act) return
    event.preventDefault()
    act()
  }

  const classes = ['suggestion', one.id === room.picked.value && 'current', !one.verified && 'unverified']
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      data-card={one.id}
      tabIndex={0}
      aria-label={`${one.replaces ? words.replaces : words.adds}: ${one.text || words.drafting}`}
      onKeyDown={onKey}
      onFocus={() => {
        room.picked.value = one.id
      }}
      onClick={(event) => {
        if (!(event.target as Element).closest('button, summary, form')) room.show(one)
      }}
    >
      <header>
        <p>
          <span class="kind">{one.replaces ? words.replaces : words.adds}</span>{' '}
          <bdi class="hint">{words.by(one.author)}</bdi>{' '}
          {!one.verified && <span class="chip chip-warn">{words.unverified}</span>}
        </p>
        {place && (
          <button type="button" class="quiet show" title={words.show} aria-label={words.show} onClick={() => room.show(one)}>
            <Icon name="show" />
          </button>
        )}
      </header>
      <Difference one={one} />
      {one.status === 'drafting' && (
        <p class="hint">
          <span class="pulse" aria-hidden="true" /> {words.drafting}
        </p>
      )}
      {!one.verified && <p class="hint">{words.unverifiedHint}</p>}
      {place && !place.intact && <p class="warn">{words.changed}</p>}
      {one.reason && (
        <p class="reason" dir="auto">
          <strong>{words.why}:</strong> {one.reason}
        </p>
      )}
      {one.verified && <Sources sources={one.sources} unquoted={one.unquoted} />}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {editing ? (
        <EditForm
          id={one.id}
          wording={wording}
          busy={busy}
          onInput={setWording}
          onAccept={() => decide('accept', wording.trim())}
          onCancel={() => setEditing(false)}
        />
      ) : (
        one.verified &&
        !room.isObserver && (
          <p class="actions">
            <button type="button" class="accept" disabled={!decidable} onClick={() => decide('accept')}>
              {words.accept}
            </button>
            <button type="button" disabled={!decidable} onClick={() => decide('reject')}>
              {words.reject}
            </button>
            <button type="button" class="quiet" disabled={!decidable} onClick={edit}>
              {words.edit}
            </button>
          </p>
        )
      )}
    </article>
  )
}

function Difference({ one }: { one: Shown }) {
  return (
    <div class="difference">
      {one.replaces && (
        <p dir="auto">
          <span class="hidden">{words.was}: </span>
          <del>{one.base}</del>
        </p>
      )}
      {one.text && (
        <p dir="auto">
          <span class="hidden">{words.becomes}: </span>
          <ins>{one.text}</ins>
        </p>
      )}
    </div>
  )
}

function Sources({ sources, unquoted }: { sources: Source[]; unquoted: number }) {
  if (sources.length === 0) return <p class="hint">{words.noSources}</p>
  // Of inputs not to be quoted there is nothing to show but how many they are, and to me that mine is one of them.
  const shown = sources.filter(({ quote, input, document }) => quote || input || document)
  return (
    <>
      {shown.length > 0 && (
        <details class="sources">
          <summary>{words.sources(shown.length)}</summary>
          <ul>
            {shown.map(({ citation, quote, author, input, document }) => (
              <li key={citation}>
                {quote ? (
                  <q dir="auto">{quote}</q>
                ) : (
                  <span class="hint">{document ? words.withheldDocument : words.withheld}</span>
                )}
                {document && <DocumentSource document={document} quote={quote} />}
                {(!document || author) && (
                  <span class="hint">
                    {' '}
                    –{' '}
                    <bdi>{document ? words.givenBy(author!) : (author ?? (input ? words.mineSource : words.anonymous))}</bdi>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      {unquoted > 0 && <p class="hint">{words.unquoted(unquoted, shown.length === 0)}</p>}
    </>
  )
}

interface EditProps {
  id: string
  wording: string
  busy: boolean
  onInput: (text: string) => void
  onAccept: () => void
  onCancel: () => void
}

function EditForm({ id, wording, busy, onInput, onAccept, onCancel }: EditProps) {
  return (
    <form
      class="edit"
      onSubmit={(event) => {
        event.preventDefault()
        onAccept()
      }}
      onKeyDown={(event) => event.key === 'Escape' && onCancel()}
    >
      <label for={`wording-${id}`}>{words.wording}</label>
      <textarea
        id={`wording-${id}`}
        class="serif"
        rows={4}
        dir="auto"
        value={wording}
        ref={focusOnce}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <p class="actions">
        <button type="submit" class="accept" disabled={busy || !wording.trim()}>
          {words.acceptEdited}
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          {words.cancel}
        </button>
      </p>
    </form>
  )
}
