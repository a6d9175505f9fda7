/** Where a page, slide or sheet begins; of a PDF the page can be looked at as it is. */
import { useState } from 'preact/hooks'
import { strings } from '../../strings/documents.ts'
import type { Passage } from './preview.tsx'
import type { Place } from './types.ts'
import { unitOf, wordsOfUnit } from './words.ts'

const words = strings.preview

interface Props {
  place: Place
  passage: Passage | null
  pictureOf: ((number: number) => string) | null
}

export function PageHead({ place, passage, pictureOf }: Props) {
  const [shown, setShown] = useState(false)
  if (unitOf(place) === null) return null
  const name = wordsOfUnit(place)
  const address = place.kind === 'page' ? pictureOf?.(place.number) : undefined
  return (
    <>
      <div class="unit-line">
        <h3 class="unit">{name}</h3>
        {address && (
          <button
            type="button"
            class="quiet"
            aria-pressed={shown}
            aria-label={words.lookName(name)}
            onClick={() => setShown(!shown)}
          >
            {words.look}
          </button>
        )}
      </div>
      {address && shown && <Picture key={address} address={address} alt={words.lookAlt(name, passage !== null)} />}
    </>
  )
}

function Picture({ address, alt }: { address: string; alt: string }) {
  const [state, setState] = useState<'drawing' | 'drawn' | 'failed'>('drawing')
  return (
    <>
      {state !== 'drawn' && (
        <p class="hint" role="status">
          {state === 'drawing' ? words.drawing : words.notDrawn}
        </p>
      )}
      {state !== 'failed' && (
        <img class="page-picture" src={address} alt={alt} onLoad={() => setState('drawn')} onError={() => setState('failed')} />
      )}
    </>
  )
}
