/** Fields that name, explain and correct themselves, for eyes and for screen readers. */
import type { ComponentChildren } from 'preact'

interface FieldProps {
  id: string
  name: string
  dir: 'auto'
  'aria-describedby'?: string
  'aria-invalid'?: boolean
}

interface Props {
  name: string
  label: string
  hint?: string
  error?: string | undefined
  children: (props: FieldProps) => ComponentChildren
}

export function Field({ name, label, hint, error, children }: Props) {
  const described = [error && `${name}-error`, hint && `${name}-hint`].filter(Boolean).join(' ')
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {children({
        id: name,
        name,
        dir: 'auto',
        ...(described ? { 'aria-describedby': described } : {}),
        ...(error ? { 'aria-invalid': true } : {}),
      })}
      {error && (
        <p id={`${name}-error`} class="field-error">
          {error}
        </p>
      )}
      {hint && (
        <p id={`${name}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps {
  name: string
  label: string
  hint?: string
  checked: boolean
  onPick: () => void
}

export function Choice({ name, label, hint, checked, onPick }: ChoiceProps) {
  return (
    <label class="choice">
      <input type="radio" name={name} checked={checked} onChange={onPick} />
      <span>
        {label}
        {hint && <span class="hint">{hint}</span>}
      </span>
    </label>
  )
}
