/** Whether a model may guess how one would rank. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { voting } from '../../strings/voting.ts'
import { useRoom } from '../context.ts'
import { Check } from './rule-form.tsx'

const words = voting.round

/** Without a model nobody guesses, so there is nothing to allow. */
export function Consent() {
  const room = useRoom()
  const [said, setSaid] = useState('')
  const { predictable } = room.voting
  if (room.session.value.me.role !== 'participant' || room.config.value?.mode !== 'claude') return null
  const set = async (next: boolean) => {
    setSaid('')
    try {
      await room.voting.consent(next)
      setSaid(words.consentSaved)
    } catch (error) {
      setSaid(wordsFor(error))
    }
  }
  return (
    <section class="group" aria-labelledby="consent">
      <h3 id="consent">{words.predictions}</h3>
      <Check label={words.consent} hint={words.consentHint} checked={predictable.value} onChange={set} />
      <p class="hint" role="status">
        {said}
      </p>
    </section>
  )
}
