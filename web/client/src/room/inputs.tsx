/** What I gave in private: a form, and the list with what became of it. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { wordsFor } from '../api.ts'
import { dropDraft, useDraft } from '../draft.ts'
import { strings } from '../strings/room.ts'
import type { Input, Quoting } from '../types.ts'
import { Confirm } from './confirm.tsx'
import { useRoom } from './context.ts'
import { Erase } from './erase/erase.tsx'
import { Erased } from './erase/erased.tsx'
import { Interview } from './interview/interview.tsx'
import { Offer } from './interview/offer.tsx'
import { providerOf } from './interview/privacy.tsx'
import { Predictions } from './predictions.tsx'
import { QuoteChoice } from './quote-choice.tsx'
import { Receipt } from './receipt/receipt.tsx'
import type { Room } from './room.ts'

const words = strings.inputs
const LONGEST = 20_000

export function Inputs() {
  const room = useRoom()
  const { facilitator_reads_inputs: reads, inputs: total } = room.session.value
  const mine = room.inputs.value
  const provider = providerOf(room)
  const interview = room.interview.current.value
  if (interview && room.interview.shown.value) return <Interview one={interview} />
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        <p class="hint">{words.intro}</p>
        <p class="private">
          {reads ? words.readsFacilitator : words.readsBot} {provider ? words.model(provider) : words.noModel}
        </p>
      </div>
      <Offer />
      <GiveForm />
      <section class="group" aria-labelledby="my-inputs">
        <h3 id="my-inputs">{words.mine}</h3>
        {mine.length === 0 ? (
          <p class="nothing">{words.none}</p>
        ) : (
          <ul class="given">
            {mine.map((input) => (
              <li key={input.id}>
                <Given input={input} />
              </li>
            ))}
          </ul>
        )}
        <p class="hint">{words.all(total.count, total.people)}</p>
      </section>
      <Receipt />
      <Predictions />
      <Erased />
    </>
  )
}

interface TextProps {
  id: string
  label: string
  value: string
  rows: number
  onInput: (text: string) => void
}

function InputText({ id, label, value, rows, onInput }: TextProps) {
  const left = LONGEST - value.length
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} rows={rows} dir="auto" maxLength={LONGEST} value={value} onInput={(e) => onInput(e.currentTarget.value)} />
      {left < 1000 && <p class="hint">{words.left(left)}</p>}
    </div>
  )
}

function GiveForm() {
  const room = useRoom()
  const [text, setText] = useDraft(`input:${room.session.value.me.participant}`)
  const [quote, setQuote] = useState<Quoting>('anonymous')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setSaid('')
    if (!text.trim()) {
      setProblem(words.empty)
      return
    }
    setBusy(true)
    setProblem(null)
    try {
      const input = await room.api<Input>('POST', `${room.base}/inputs`, { text: text.trim(), quote })
      room.inputs.value = [input, ...room.inputs.value]
      setText('')
      setSaid(words.given)
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  return (
    <form class="give" onSubmit={submit} noValidate>
      <InputText id="input-text" label={words.text} rows={5} value={text} onInput={setText} />
      <QuoteChoice name="quote" value={quote} onPick={setQuote} />
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {busy ? words.giving : words.give}
        </button>
        <span class="done" role="status">
          {said}
        </span>
      </p>
    </form>
  )
}

function Given({ input }: { input: Input }) {
  const [editing, setEditing] = useState(false)
  if (editing) return <ChangeForm input={input} onDone={() => setEditing(false)} />
  return <GivenInput input={input} onEdit={() => setEditing(true)} />
}

function GivenInput({ input, onEdit }: { input: Input; onEdit: () => void }) {
  const room = useRoom()
  const [problem, setProblem] = useState<string | null>(null)
  const withdraw = async () => {
    try {
      await room.api('DELETE', `${room.base}/inputs/${encodeURIComponent(input.id)}`)
      room.inputs.value = room.inputs.value.filter(({ id }) => id !== input.id)
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <>
      <p class="given-text" dir="auto">
        {input.text}
      </p>
      <p class="hint">
        <span class={input.used_in.length > 0 ? 'used' : ''}>{words.used(input.used_in.length)}</span> ·{' '}
        {words.quoteShort[input.quote]}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="button" class="quiet" onClick={onEdit}>
          {words.edit}
        </button>
        <Confirm label={words.withdraw} question={words.withdrawSure} yes={words.withdraw} no={words.keep} onYes={withdraw} />
        <Erase kind="input" id={input.id} onErased={() => forgetInput(room, input.id)} />
      </p>
    </>
  )
}

const STRICTNESS: Record<Quoting, number> = { named: 0, anonymous: 1, never: 2 }

/** What becomes of quotes that are there already. */
function Consequences({ input, quote }: { input: Input; quote: Quoting }) {
  const used = new Set(input.used_in)
  const accepted = useRoom().rows.value.filter(({ id, status }) => status === 'accepted' && used.has(id)).length
  const stricter = STRICTNESS[quote] - STRICTNESS[input.quote]
  if (stricter === 0 || used.size === 0) return null
  const kind = stricter < 0 || quote === 'named' ? 'more' : quote
  return (
    <div class="consequences" role="status">
      <p>{words.changes[kind]}</p>
      {stricter > 0 && accepted > 0 && <p>{words.inText(accepted)}</p>}
    </div>
  )
}

/** It is gone from the server; a change that was begun must not keep it here. */
function forgetInput(room: Room, id: string) {
  dropDraft(`input-change:${id}`)
  room.inputs.value = room.inputs.value.filter((one) => one.id !== id)
}

function ChangeForm({ input, onDone }: { input: Input; onDone: () => void }) {
  const room = useRoom()
  const [text, setText] = useDraft(`input-change:${input.id}`, input.text)
  const [quote, setQuote] = useState(input.quote)
  const [problem, setProblem] = useState<string | null>(null)
  const close = () => {
    setText('')
    onDone()
  }
  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    try {
      const path = `${room.base}/inputs/${encodeURIComponent(input.id)}`
      const changed = await room.api<Input>('PATCH', path, { text: text.trim(), quote })
      room.inputs.value = room.inputs.value.map((one) => (one.id === input.id ? changed : one))
      close()
    } catch (error) {
      setProblem(wordsFor(error))
    }
  }
  return (
    <form onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && close()} noValidate>
      <InputText id={`change-${input.id}`} label={words.text} rows={4} value={text} onInput={setText} />
      <QuoteChoice name={`quote-${input.id}`} value={quote} onPick={setQuote} />
      <Consequences input={input} quote={quote} />
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="actions">
        <button type="submit" class="primary" disabled={!text.trim()}>
          {words.save}
        </button>
        <button type="button" class="quiet" onClick={close}>
          {words.cancel}
        </button>
      </p>
    </form>
  )
}
