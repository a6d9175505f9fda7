/** The phases of a session. Its facilitator moves it; the last phase is reached by votes, never by hand. */
import { strings } from '../strings/room.ts'
import { PHASES } from '../types.ts'
import { useRoom } from './context.ts'
import { Icon } from './icons.tsx'
import { usePhaseMove } from './phase-move.tsx'

export function Stepper() {
  const room = useRoom()
  const { move, problem, question } = usePhaseMove()
  const { phase: now } = room.session.value
  const at = PHASES.indexOf(now)
  return (
    <nav class="stepper" aria-label={strings.phase}>
      <ol>
        {PHASES.map((phase, i) => {
          const movable = room.isFacilitator && phase !== now && phase !== 'agreed' && now !== 'agreed'
          const name = (
            <>
              <span class="step-dot" aria-hidden="true">
                {i < at ? <Icon name="check" /> : i + 1}
              </span>
              {movable && <span class="hidden">{strings.movePhase}</span>}
              <span class="step-name">{strings.phases[phase]}</span>
            </>
          )
          return (
            <li
              key={phase}
              class={i < at ? 'step past' : i === at ? 'step now' : 'step'}
              aria-current={i === at ? 'step' : undefined}
              title={strings.phaseHints[phase]}
            >
              {movable ? (
                <button type="button" onClick={() => move(phase)}>
                  {name}
                </button>
              ) : (
                <span>{name}</span>
              )}
            </li>
          )
        })}
      </ol>
      {problem && (
        <p class="field-error" role="alert">
          {problem}
        </p>
      )}
      {question}
    </nav>
  )
}
