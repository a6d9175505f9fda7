/** When the text is agreed: told to everybody, chosen by facilitators until the first ballot. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { Choice } from '../../forms.tsx'
import { ruleInWords, voting } from '../../strings/voting.ts'
import { useRoom } from '../context.ts'
import { usePhaseMove } from '../phase-move.tsx'
import { inUnits, isDefault, needed, UNITS, type Unit, voicesNow } from './rule.ts'
import { type Deliberation, RULE_KINDS, type Rule } from './types.ts'

const words = voting.rule

export function RuleGroup({ state }: { state: Deliberation }) {
  const room = useRoom()
  const [changing, setChanging] = useState(false)
  const [saved, setSaved] = useState(false)
  const { rule, secret, locked, phase, polls } = state
  const open = polls.some(({ outcome }) => outcome === null)
  const voices = voicesNow(rule, room.session.value.participants)
  if (phase === 'agreed' || (open && !room.isFacilitator)) return null
  const changeable = room.isFacilitator && !locked && !open
  return (
    <section class="group" aria-labelledby="rule">
      <h3 id="rule">{words.title}</h3>
      <p class="rule-words">
        {ruleInWords(rule, voices)} {rule.minutes && words.lasts(rule.minutes)}
      </p>
      <p class="hint">
        {secret ? voting.poll.secret : voting.poll.open}. {isDefault(state) && words.default} {locked && words.locked}{' '}
        {open && !locked && words.whileOpen}
      </p>
      <p class="done" role="status">
        {saved && words.saved}
      </p>
      {changeable &&
        (changing ? (
          <RuleForm
            state={state}
            onDone={(done) => {
              setChanging(false)
              setSaved(done)
            }}
          />
        ) : (
          <p class="actions">
            <button
              type="button"
              onClick={() => {
                setSaved(false)
                setChanging(true)
              }}
            >
              {isDefault(state) ? words.choose : words.change}
            </button>
          </p>
        ))}
      {room.isFacilitator && !open && !changing && <OpenPoll />}
    </section>
  )
}

function OpenPoll() {
  const room = useRoom()
  const { move, problem, question } = usePhaseMove()
  const ranking = room.voting.round.value !== null
  return (
    <>
      <p class="hint">{ranking ? words.openRound : words.startHint}</p>
      <p class="actions">
        <button type="button" class="primary" disabled={ranking} onClick={() => move('deciding')}>
          {words.start}
        </button>
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {question}
    </>
  )
}

interface Wanted {
  kind: Rule['kind']
  per: Rule['per']
  approvals: string
  quorum: string
  amount: string
  unit: Unit
  facilitators: boolean
  secret: boolean
}

function wantedOf({ rule, secret }: Deliberation, voices: number): Wanted {
  const [amount, unit] = rule.minutes ? inUnits(rule.minutes) : ['', 'days' as const]
  return {
    kind: rule.kind,
    per: rule.per,
    approvals: String(rule.approvals ?? Math.max(Math.ceil((voices * 2) / 3), 1)),
    quorum: String(rule.quorum),
    amount: String(amount),
    unit,
    facilitators: rule.facilitators,
    secret,
  }
}

function ruleOf({ kind, per, approvals, quorum, amount, unit, facilitators }: Wanted): Rule {
  return {
    kind,
    per,
    approvals: kind === 'k_of_n' ? Number(approvals) : null,
    // Where all must approve, all must have voted.
    quorum: kind === 'unanimity' ? 1 : Number(quorum),
    minutes: amount ? Math.round(Number(amount) * UNITS[unit]) : null,
    facilitators,
  }
}

function RuleForm({ state, onDone }: { state: Deliberation; onDone: (saved: boolean) => void }) {
  const room = useRoom()
  const people = room.session.value.participants
  const [wanted, setWanted] = useState(() => wantedOf(state, voicesNow(state.rule, people)))
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const change = (part: Partial<Wanted>) => setWanted({ ...wanted, ...part })
  const rule = ruleOf(wanted)
  const voices = voicesNow(rule, people)
  const save = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setBusy(true)
    setProblem(null)
    try {
      await room.voting.setRule({ ...rule, secret: wanted.secret })
      onDone(true)
    } catch (error) {
      setProblem(wordsFor(error))
      await room.voting.load().catch(() => {})
      setBusy(false)
    }
  }
  return (
    <form class="rule-form" onSubmit={save}>
      <fieldset>
        <legend>{words.chosen}</legend>
        {RULE_KINDS.map((kind) => {
          const [label, hint] = words.kinds[kind]
          return <Choice key={kind} name="kind" label={label} hint={hint} checked={wanted.kind === kind} onPick={() => change({ kind })} />
        })}
      </fieldset>
      {wanted.kind === 'k_of_n' && (
        <NumberField id="approvals" label={words.approvals} value={wanted.approvals} onInput={(approvals) => change({ approvals })} />
      )}
      {wanted.kind !== 'unanimity' && (
        <NumberField id="quorum" label={words.quorum} hint={words.quorumHint} value={wanted.quorum} onInput={(quorum) => change({ quorum })} />
      )}
      <p class="hint">{words.of(voices, wanted.per)}</p>
      {needed(rule) > voices && <p class="warn">{words.unreachable(needed(rule), voices)}</p>}
      <fieldset>
        <legend>{words.per}</legend>
        {(['person', 'delegation'] as const).map((per) => {
          const [label, hint] = words.pers[per]
          return <Choice key={per} name="per" label={label} hint={hint} checked={wanted.per === per} onPick={() => change({ per })} />
        })}
      </fieldset>
      <Lasting wanted={wanted} onChange={change} />
      <Check label={words.facilitators} checked={wanted.facilitators} onChange={(facilitators) => change({ facilitators })} />
      <Check label={words.secret} hint={words.secretHint} checked={wanted.secret} onChange={(secret) => change({ secret })} />
      <p class="rule-words">
        {ruleInWords(rule, voices)} {rule.minutes && words.lasts(rule.minutes)}
      </p>
      <p class="missed">{words.locks}</p>
      <p class="actions">
        <button type="submit" class="primary" disabled={busy}>
          {words.save}
        </button>
        <button type="button" class="quiet" onClick={() => onDone(false)}>
          {words.cancel}
        </button>
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}

interface NumberProps {
  id: string
  label: string
  hint?: string
  value: string
  onInput: (value: string) => void
}

function NumberField({ id, label, hint, value, onInput }: NumberProps) {
  return (
    <div class="field short">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="number"
        inputMode="numeric"
        min={1}
        max={10_000}
        required
        value={value}
        aria-describedby={hint && `${id}-hint`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  )
}

function Lasting({ wanted, onChange }: { wanted: Wanted; onChange: (part: Partial<Wanted>) => void }) {
  return (
    <fieldset class="lasting">
      <legend>{words.deadline}</legend>
      <LastingFields
        id="lasts"
        none={words.noDeadline}
        amount={wanted.amount}
        unit={wanted.unit}
        required={wanted.kind === 'no_objection'}
        onChange={onChange}
      />
    </fieldset>
  )
}

interface LastingProps {
  id: string
  none: string
  amount: string
  unit: Unit
  required?: boolean
  onChange: (part: { amount?: string; unit?: Unit }) => void
}

/** How long something lasts; nothing for no end. */
export function LastingFields({ id, none, amount, unit, required = false, onChange }: LastingProps) {
  const most = Math.floor((366 * UNITS.days) / UNITS[unit])
  return (
    <div class="amount">
      <input
        type="number"
        inputMode="numeric"
        aria-label={words.amount}
        id={id}
        min={1}
        max={most}
        required={required}
        placeholder={required ? '' : none}
        value={amount}
        onInput={(event) => onChange({ amount: event.currentTarget.value })}
      />
      <select aria-label={words.unit} value={unit} onChange={(event) => onChange({ unit: event.currentTarget.value as Unit })}>
        {(Object.keys(UNITS) as Unit[]).map((one) => (
          <option key={one} value={one}>
            {words.units[one]}
          </option>
        ))}
      </select>
    </div>
  )
}

interface CheckProps {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}

export function Check({ label, hint, checked, disabled = false, onChange }: CheckProps) {
  return (
    <label class="choice">
      <input type="checkbox" checked={checked} disabled={disabled} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>
        {label}
        {hint && <span class="hint">{hint}</span>}
      </span>
    </label>
  )
}
