/** Files may be dropped anywhere on the page: nobody has to find the right spot first. */
import { useEffect, useState } from 'preact/hooks'
import { strings } from '../../strings/documents.ts'
import { useRoom } from '../context.ts'
import { documentsOf, type Picked } from './documents.ts'

const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false

export function DropAnywhere() {
  const room = useRoom()
  const [over, setOver] = useState(false)
  useEffect(() => {
    // Entering a child comes before leaving its parent, so what is counted is how deep one is in.
    let depth = 0
    const move = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      // Taken before the editor sees it; and a browser must not leave the page for the file.
      event.preventDefault()
      event.stopPropagation()
      event.dataTransfer!.dropEffect = room.isObserver ? 'none' : 'copy'
    }
    const enter = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      depth += 1
      setOver(!room.isObserver)
    }
    const leave = (event: DragEvent) => {
      if (holdsFiles(event) && --depth <= 0) setOver(false)
    }
    const drop = (event: DragEvent) => {
      if (!holdsFiles(event)) return
      move(event)
      depth = 0
      setOver(false)
      documentsOf(room).pick(filesOf(event.dataTransfer!))
    }
    const listeners = { dragenter: enter, dragover: move, dragleave: leave, drop }
    const all = Object.entries(listeners) as ['drop', (event: DragEvent) => void][]
    for (const [name, listener] of all) addEventListener(name, listener, true)
    return () => {
      for (const [name, listener] of all) removeEventListener(name, listener, true)
    }
  }, [room])
  if (!over) return null
  return (
    <div class="drop-over" role="status">
      <p>{strings.dropHere}</p>
      <p class="hint">{strings.dropHint}</p>
    </div>
  )
}

function filesOf(transfer: DataTransfer): Picked[] {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file')
  return items.flatMap((item) => {
    const isFolder = item.webkitGetAsEntry?.()?.isDirectory ?? false
    const file = item.getAsFile()
    return file ? [{ file, isFolder }] : []
  })
}
