/** What documents need beside their place: the target for dropped files, the opened document, and keeping up. */
import { useEffect } from 'preact/hooks'
import { useRoom } from '../context.ts'
import { documentsOf } from './documents.ts'
import { DropAnywhere } from './drop.tsx'
import { Preview } from './preview.tsx'

export function DocumentsEverywhere() {
  const room = useRoom()
  useEffect(() => documentsOf(room).enter(), [room])
  return (
    <>
      <DropAnywhere />
      <Preview />
    </>
  )
}
