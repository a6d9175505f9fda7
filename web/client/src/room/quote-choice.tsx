/** Whether an input may be quoted, and what that means in a small group. */
import { Choice } from '../forms.tsx'
import { strings } from '../strings/room.ts'
import { QUOTINGS, type Quoting } from '../types.ts'
import { useRoom } from './context.ts'

const words = strings.inputs

interface Props {
  name: string
  value: Quoting
  onPick: (quote: Quoting) => void
}

export function QuoteChoice({ name, value, onPick }: Props) {
  const { among, people, small } = useRoom().session.value.me.anonymity
  return (
    <fieldset>
      <legend>{words.quote}</legend>
      {QUOTINGS.map((quote) => {
        const [label, hint] = words.quotes[quote]
        return (
          <Choice key={quote} name={name} label={label} hint={hint} checked={value === quote} onPick={() => onPick(quote)} />
        )
      })}
      {/* Always there, so that it is read out when it gets something to say. */}
      <p class={small && value === 'anonymous' ? 'few' : ''} role="status">
        {small && value === 'anonymous' && words.few(Math.min(among, people), people)}
      </p>
    </fieldset>
  )
}
