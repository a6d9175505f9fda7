/** Who reads what people give: chosen before anybody has given something, then fixed. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { Choice } from '../../forms.tsx'
import { strings as words } from '../../strings/settings.ts'
import type { Session } from '../../types.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import type { Room } from '../room.ts'

type Terms = Partial<Pick<Session, 'facilitator_reads_inputs' | 'external_ai'>>

export function PrivacySettings() {
  const room = useRoom()
  const { facilitator_reads_inputs: reads, external_ai: external, settings_locked: locked } = room.session.value
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const set = async (terms: Terms) => {
    setProblem(null)
    setSaid('')
    try {
      room.session.value = await room.api<Session>('PATCH', room.base, terms)
      setSaid(words.saved)
    } catch (error) {
      setProblem(wordsFor(error))
      await room.loadSession().catch(() => {})
    }
  }
  return (
    <section class="group" aria-labelledby="privacy">
      <h3 id="privacy">{words.title}</h3>
      {locked ? <Fixed /> : <Choices reads={reads} external={external} set={set} />}
      {locked && external && (
        <>
          <p class="hint">{words.stillForbid}</p>
          <Confirm
            label={words.forbid}
            question={words.forbidSure}
            yes={words.yes}
            no={words.no}
            onYes={() => set({ external_ai: false })}
          />
        </>
      )}
      <p class="hint">{locked ? words.locked : words.open}</p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
      <p class="done" role="status">
        {said}
      </p>
    </section>
  )
}

function Fixed() {
  const room = useRoom()
  const { facilitator_reads_inputs: reads, external_ai: external } = room.session.value
  return (
    <dl class="terms">
      <dt>{words.reads}</dt>
      <dd>{reads ? words.readsFacilitator : words.readsBot}</dd>
      <dt>{words.ai}</dt>
      <dd>
        {external ? words.allowed : words.forbidden}
        <span class="hint">{external ? allowedHint(room) : words.forbiddenHint}</span>
      </dd>
    </dl>
  )
}

interface ChoicesProps {
  reads: boolean
  external: boolean
  set: (terms: Terms) => void
}

function Choices({ reads, external, set }: ChoicesProps) {
  const room = useRoom()
  return (
    <>
      <fieldset>
        <legend>{words.reads}</legend>
        <Choice name="reads" label={words.readsBot} checked={!reads} onPick={() => set({ facilitator_reads_inputs: false })} />
        <Choice name="reads" label={words.readsFacilitator} checked={reads} onPick={() => set({ facilitator_reads_inputs: true })} />
      </fieldset>
      <fieldset>
        <legend>{words.ai}</legend>
        <Choice
          name="external"
          label={words.allowed}
          hint={allowedHint(room)}
          checked={external}
          onPick={() => set({ external_ai: true })}
        />
        <Choice
          name="external"
          label={words.forbidden}
          hint={words.forbiddenHint}
          checked={!external}
          onPick={() => set({ external_ai: false })}
        />
      </fieldset>
    </>
  )
}

function allowedHint(room: Room): string {
  const provider = room.config.value?.provider
  return provider ? words.allowedProvider(provider) : words.allowedNone
}
