/** Where the statement comes from: what can be counted, sentence by sentence, and my own points. */
import { strings as words } from '../../strings/sources.ts'
import { useLive } from '../live.ts'
import { Loading } from '../loading.tsx'
import { Receipt } from '../receipt/receipt.tsx'
import { MeasureList } from './measures.tsx'
import { Sentences } from './sentences.tsx'
import type { Measures } from './types.ts'

const EVENTS = ['suggestion', 'inputs', 'run', 'participants'] as const

export function Sources() {
  const live = useLive<Measures>('/measures', EVENTS)
  const found = live.found.value
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        <p class="hint">{words.intro}</p>
      </div>
      <Loading live={live} />
      {found && (
        <>
          {found.anonymity.warning && <p class="note-warn">{found.anonymity.warning}</p>}
          <MeasureList found={found} />
          <Sentences sentences={found.sentences} />
        </>
      )}
      <Receipt />
    </>
  )
}
