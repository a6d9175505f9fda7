/** Critiques: open ones everybody sees, beside the words they are about; private ones only the bot reads. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { useDraft } from '../draft.ts'
import { moment } from '../moment.ts'
import { STATEMENT } from '../statement/binding.ts'
import { indexOf } from '../statement/positions.ts'
import { strings } from '../strings/room.ts'
import type { Critique } from '../types.ts'
import { useRoom } from './context.ts'

const words = strings.comments

export function Comments() {
  const room = useRoom()
  const all = room.critiques.value
  const open = all.filter(({ resolved }) => !resolved)
  const resolved = all.filter((one) => one.resolved)
  const strangers = room.strangers.value
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
      </div>
      {!room.isObserver && <CommentForm />}
      {open.length === 0 && <p class="nothing">{words.none}</p>}
      {open.map((critique) => (
        <Comment key={critique.id} critique={critique} />
      ))}
      {strangers.length > 0 && (
        <section class="group" aria-labelledby="foreign">
          <h3 id="foreign">{words.foreign}</h3>
          <p class="hint">{words.foreignHint}</p>
          {strangers.map(([id, { text, author, quote }]) => (
            <article key={id} class="comment unverified">
              {quote && <Quote text={quote} />}
              <p dir="auto">{text}</p>
              <p class="hint">
                <bdi>{author}</bdi>
              </p>
            </article>
          ))}
        </section>
      )}
      {resolved.length > 0 && (
        <details class="decided">
          <summary>{words.resolved(resolved.length)}</summary>
          {resolved.map((critique) => (
            <Comment key={critique.id} critique={critique} />
          ))}
        </details>
      )}
    </>
  )
}

function Quote({ text }: { text: string }) {
  return (
    <blockquote class="quoted" dir="auto">
      {text}
    </blockquote>
  )
}

function CommentForm() {
  const room = useRoom()
  const passage = room.passage.value
  const [text, setText] = useDraft(`comment:${room.session.value.me.participant}`)
  const [secret, setSecret] = useState(false)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!text.trim()) {
      setProblem(words.empty)
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      const visibility = secret ? 'private' : 'open'
      await room.api('POST', `${room.base}/critiques`, { text: text.trim(), visibility, ...passage })
      setText('')
      if (passage) room.editor.peek()?.deselect()
      await room.loadCritiques()
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  return (
    <form class="give" onSubmit={submit} noValidate>
      {passage ? (
        <>
          <p class="label">{words.about}</p>
          <Quote text={passage.quote} />
        </>
      ) : (
        <p class="hint">{words.whole}</p>
      )}
      <div class="field">
        <label for="comment-text">{words.text}</label>
        <textarea
          id="comment-text"
          rows={3}
          dir="auto"
          maxLength={4000}
          value={text}
          aria-describedby={problem ? 'comment-problem' : undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <label class="choice">
        <input type="checkbox" checked={secret} onChange={(event) => setSecret(event.currentTarget.checked)} />
        <span>
          {words.private}
          <span class="hint">{words.privateHint}</span>
        </span>
      </label>
      {problem && (
        <p id="comment-problem" class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.sending : words.send}
        </button>
      </p>
    </form>
  )
}

function Comment({ critique }: { critique: Critique }) {
  const room = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  const { id, text, author, mine, visibility, quote, start, resolved, created_at } = critique
  const place = start && indexOf(room.connection.text, STATEMENT, start) !== null
  const mayResolve = !resolved && (mine || room.isFacilitator)
  const resolve = async () => {
    try {
      await room.api<Critique>('POST', `${room.base}/critiques/${encodeURIComponent(id)}/resolve`)
      await room.loadCritiques()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  const reveal = () => {
    room.picked.value = id
    room.reveal(id, start)
  }
  return (
    <article class={id === room.picked.value ? 'comment current' : 'comment'}>
      {quote && <Quote text={quote} />}
      <p dir="auto">{text}</p>
      <p class="hint">
        <bdi>{mine ? words.mine : (author?.name ?? '')}</bdi> · {moment(created_at)}
        {visibility === 'private' && ` · ${words.privateMark}`}
      </p>
      {start && !place && !resolved && <p class="warn">{words.gone}</p>}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        {place && (
          <button type="button" class="quiet" onClick={reveal}>
            {words.show}
          </button>
        )}
        {mayResolve && (
          <button type="button" class="quiet" onClick={resolve}>
            {words.resolve}
          </button>
        )}
      </p>
    </article>
  )
}
