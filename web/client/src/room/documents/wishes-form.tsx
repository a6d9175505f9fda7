/** The two questions about a file: who may read it, and whether it may be quoted. */
import { Choice } from '../../forms.tsx'
import { strings } from '../../strings/documents.ts'
import { QUOTINGS } from '../../types.ts'
import { useRoom } from '../context.ts'
import type { Wishes } from './sending.ts'
import { VISIBILITIES } from './types.ts'

interface Props {
  name: string
  wishes: Wishes
  onChange: (wishes: Wishes) => void
}

export function WishesForm({ name, wishes, onChange }: Props) {
  const reads = useRoom().session.value.facilitator_reads_inputs
  return (
    <>
      <fieldset>
        <legend>{strings.visibility}</legend>
        {VISIBILITIES.map((visibility) => {
          const [label, hint] = strings.visibilities[visibility]
          return (
            <Choice
              key={visibility}
              name={`${name}-visibility`}
              label={reads && visibility === 'private' ? strings.privateReads : label}
              hint={hint}
              checked={wishes.visibility === visibility}
              onPick={() => onChange({ ...wishes, visibility })}
            />
          )
        })}
      </fieldset>
      <fieldset>
        <legend>{strings.quote}</legend>
        {QUOTINGS.map((quote) => {
          const [label, hint] = strings.quotes[quote]
          return (
            <Choice
              key={quote}
              name={`${name}-quote`}
              label={label!}
              hint={hint!}
              checked={wishes.quote === quote}
              onPick={() => onChange({ ...wishes, quote })}
            />
          )
        })}
      </fieldset>
    </>
  )
}
