/** Something for other programs, with a button that copies it. */
import { useState } from 'preact/hooks'
import { strings as words } from '../../strings/report.ts'

export function Copyable({ label, text }: { label: string; text: string }) {
  const [said, setSaid] = useState<string | null>(null)
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setSaid(words.copied),
      () => setSaid(words.copyFailed),
    )
  return (
    <div class="copyable">
      <p class="label">{label}</p>
      <code class="mono" dir="ltr">
        {text}
      </code>
      <p class="actions">
        <button type="button" aria-label={words.copyOf(label)} onClick={copy}>
          {words.copy}
        </button>
        <span class="done" role="status">
          {said}
        </span>
      </p>
    </div>
  )
}
