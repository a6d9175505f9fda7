/** Letting the bot make candidates to rank. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../../api.ts'
import { strings } from '../../strings/room.ts'
import { voting } from '../../strings/voting.ts'
import type { Run } from '../../types.ts'
import { useRoom } from '../context.ts'
import { LastingFields } from './rule-form.tsx'
import { UNITS, type Unit } from './rule.ts'

const words = voting.round

export function StartRound() {
  const room = useRoom()
  const { phase, run } = room.session.value
  const [candidates, setCandidates] = useState('4')
  const [lasts, setLasts] = useState<{ amount: string; unit: Unit }>({ amount: '', unit: 'hours' })
  const [problem, setProblem] = useState<string | null>(null)
  const writes = room.config.value?.mode === 'claude'
  const active = run?.status === 'queued' || run?.status === 'running'
  const mayStart = phase === 'drafting' || phase === 'refining'
  const start = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    setProblem(null)
    const minutes = lasts.amount ? Math.round(Number(lasts.amount) * UNITS[lasts.unit]) : null
    try {
      const started = await room.api<Run>('POST', `${room.base}/rounds`, { candidates: Number(candidates), minutes })
      room.session.value = { ...room.session.value, run: started }
    } catch (error) {
      // Somebody else was quicker: the run's progress, or the round, says all there is to say.
      const quicker = error instanceof Problem && (error.kind === 'run-in-progress' || error.kind === 'round-open')
      if (quicker) await Promise.all([room.loadSession(), room.voting.load()])
      else setProblem(wordsFor(error))
    }
  }
  return (
    <section class="group" aria-labelledby="start-round">
      <h3 id="start-round">{words.start}</h3>
      <p class="hint">{writes ? words.startHint : words.startExtractive}</p>
      {!mayStart && <p class="hint">{words.notNow}</p>}
      {mayStart && (
        <form onSubmit={start}>
          {writes && (
            <div class="field short">
              <label for="candidates">{words.amount}</label>
              <input
                id="candidates"
                type="number"
                inputMode="numeric"
                min={1}
                max={16}
                required
                value={candidates}
                onInput={(event) => setCandidates(event.currentTarget.value)}
              />
            </div>
          )}
          <fieldset class="lasting">
            <legend>{words.minutes}</legend>
            <LastingFields id="ranked" none={words.noDeadline} {...lasts} onChange={(part) => setLasts({ ...lasts, ...part })} />
          </fieldset>
          <p class="actions">
            <button type="submit" class="primary" disabled={active}>
              {words.make}
            </button>
          </p>
        </form>
      )}
      <p role="status">
        {active && (
          <>
            <span class="pulse" aria-hidden="true" />
            {run.trigger === 'candidates' ? words.making : strings.session.running}
          </>
        )}
      </p>
      {!active && run?.status === 'failed' && run.trigger === 'candidates' && (
        <p class="alert">
          {words.failed} <span dir="auto">{run.message}</span>
        </p>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
