/** A button that asks once more, in its own place, before it does what cannot be taken back. */
import { useState } from 'preact/hooks'
import { focusOnce } from './focus.ts'

interface Props {
  label: string
  about?: string
  question: string
  yes: string
  no: string
  onYes: () => void
}

export function Confirm({ label, about, question, yes, no, onYes }: Props) {
  const [asking, setAsking] = useState(false)
  const [answered, setAnswered] = useState(false)
  const name = about ? `${label}: ${about}` : label
  if (!asking)
    return (
      // The keyboard comes back to where it was.
      <button ref={answered ? focusOnce : null} type="button" class="quiet" aria-label={name} onClick={() => setAsking(true)}>
        {label}
      </button>
    )
  const answer = (act?: () => void) => {
    setAsking(false)
    setAnswered(true)
    act?.()
  }
  return (
    <span class="confirm" role="group" aria-label={name} onKeyDown={(event) => event.key === 'Escape' && answer()}>
      <span>{question}</span>
      <button type="button" class="danger" ref={focusOnce} onClick={() => answer(onYes)}>
        {yes}
      </button>
      <button type="button" class="quiet" onClick={() => answer()}>
        {no}
      </button>
    </span>
  )
}
