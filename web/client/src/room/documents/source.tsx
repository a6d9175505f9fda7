/** A source that is a document: its name and place, and the way to the words, for who may see it. */
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { documentsOf } from './documents.ts'
import type { SourceDocument } from './types.ts'
import { wordsOfPlace } from './words.ts'

interface Props {
  document: SourceDocument
  quote: string | null
}

export function DocumentSource({ document: source, quote }: Props) {
  const documents = documentsOf(useRoom())
  // Its owner knows its name even where nobody else is told.
  const name = source.name ?? documents.rows.value.find(({ id }) => id === source.id)?.name ?? strings.source.document
  const place = wordsOfPlace(source.place)
  const words = (
    <>
      <bdi>{name}</bdi>
      {place && (
        <>
          , <bdi>{place}</bdi>
        </>
      )}
    </>
  )
  const { id } = source
  if (id === null) return <span class="document-source hint">{words}</span>
  return (
    <button
      type="button"
      class="document-source quiet"
      title={strings.source.open(name)}
      onClick={() => {
        documents.opened.value = { id, name, place: source.place, quote }
      }}
    >
      {words}
    </button>
  )
}
