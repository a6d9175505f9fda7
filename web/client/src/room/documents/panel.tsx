/** The place of documents: what people gave, what is on its way, and what is in it. */
import { wordsFor } from '../../api.ts'
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { DocumentCard } from './card.tsx'
import { documentsOf } from './documents.ts'
import { Give } from './give.tsx'
import { SearchForm } from './search.tsx'
import { SendingCard } from './sending-card.tsx'
import type { DocumentRow } from './types.ts'

export function DocumentsPanel() {
  const room = useRoom()
  const documents = documentsOf(room)
  const rows = documents.rows.value
  const sending = documents.uploads.list.value
  const problem = documents.problem.value
  const mine = rows.filter((row) => row.mine)
  return (
    <>
      <div class="panel-head">
        <h2>{strings.title}</h2>
        <p class="hint">{strings.intro}</p>
        {room.isObserver && <p class="hint">{strings.observer}</p>}
      </div>
      {problem !== null && (
        <p class="alert" role="alert">
          {wordsFor(problem)}
        </p>
      )}
      {rows.length > 0 && <SearchForm />}
      {!room.isObserver && <Give />}
      {sending.length > 0 && (
        <section class="group" aria-labelledby="documents-sending">
          <h3 id="documents-sending">{strings.sending.title}</h3>
          <ul class="cards">
            {sending.map((one) => (
              <li key={one.key}>
                <SendingCard one={one} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Group id="documents-mine" title={strings.mine} rows={mine} />
      <Group id="documents-others" title={strings.others} rows={rows.filter((row) => !row.mine)} />
      {rows.length === 0 && sending.length === 0 && documents.loaded.value && problem === null && (
        <p class="nothing">{room.isObserver ? strings.noneObserver : strings.none}</p>
      )}
    </>
  )
}

function Group({ id, title, rows }: { id: string; title: string; rows: DocumentRow[] }) {
  if (rows.length === 0) return null
  return (
    <section class="group" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul class="cards">
        {rows.toReversed().map((row) => (
          <li key={row.id}>
            <DocumentCard row={row} />
          </li>
        ))}
      </ul>
    </section>
  )
}
