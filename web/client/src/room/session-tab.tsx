/** What only the facilitator does: the bot, invitations, access for programs, and the way out. */
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../api.ts'
import { strings } from '../strings/room.ts'
import { PHASES, type Phase, type Run } from '../types.ts'
import { AllInputs } from './all-inputs.tsx'
import { useRoom } from './context.ts'
import { Invitations } from './invitations.tsx'
import { ModeLabel } from './mode.tsx'
import { narrow } from './narrow.ts'
import { usePhaseMove } from './phase-move.tsx'
import { RoomTokens } from './room-tokens.tsx'
import { PrivacySettings } from './settings/privacy.tsx'

const words = strings.session

export function SessionTab() {
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
      </div>
      {narrow.value && <PhaseChoice />}
      <Bot />
      <Invitations />
      <PrivacySettings />
      <AllInputs />
      <RoomTokens />
    </>
  )
}

/** The stepper of the head is too wide for a phone. */
function PhaseChoice() {
  const room = useRoom()
  const { phase } = room.session.value
  const { move, problem, question } = usePhaseMove()
  return (
    <div class="field">
      <label for="phase">{strings.phase}</label>
      <select
        id="phase"
        value={phase}
        disabled={phase === 'agreed'}
        onChange={(event) => {
          move(event.currentTarget.value as Phase)
          // It says where the session is, not where somebody wants it.
          event.currentTarget.value = phase
        }}
      >
        {PHASES.map((one) => (
          <option key={one} value={one} disabled={one === 'agreed'}>
            {strings.phases[one]}
          </option>
        ))}
      </select>
      <p class="hint">{strings.phaseHints[phase]}</p>
      {problem && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      {question}
    </div>
  )
}

const isActive = (run: Run | null) => run?.status === 'queued' || run?.status === 'running'

function Bot() {
  const room = useRoom()
  const { run, inputs } = room.session.value
  const [problem, setProblem] = useState<string | null>(null)
  const active = isActive(run)
  const refine = async () => {
    setProblem(null)
    try {
      const started = await room.api<Run>('POST', `${room.base}/refine`)
      room.session.value = { ...room.session.value, run: started }
    } catch (error) {
      // Somebody else was quicker: the progress of that run says all there is to say.
      if (error instanceof Problem && error.kind === 'run-in-progress') await room.loadSession()
      else setProblem(wordsFor(error))
    }
  }
  return (
    <section class="group" aria-labelledby="bot">
      <h3 id="bot">{words.bot}</h3>
      <ModeLabel mode={run?.mode} />
      <p class="hint">{inputs.count === 0 ? words.noInputs : words.refineHint}</p>
      <p class="actions">
        <button type="button" class="primary" disabled={active} onClick={refine}>
          {words.refine}
        </button>
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      {run && <RunState run={run} />}
    </section>
  )
}

function RunState({ run }: { run: Run }) {
  const { status, message, sentence, of, step } = run
  const active = isActive(run)
  const doing = status === 'running' && (sentence ? strings.drafting(sentence, of) : step)
  return (
    <div class={`run run-${status}`}>
      <p>
        {active && <span class="pulse" aria-hidden="true" />}
        <strong>{active ? words.running : words.last}</strong>
        {doing && `: ${doing}`}
      </p>
      {active && (
        <progress aria-label={words.running} {...(sentence && of ? { value: sentence, max: of } : {})} />
      )}
      {!active && <p dir="auto">{message ?? strings.runs[status]}</p>}
    </div>
  )
}
