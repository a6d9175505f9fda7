/** A button that erases an input or a document, after it has said what goes and what may remain. */
import type { VNode } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { strings as words } from '../../strings/erase.ts'
import { useRoom } from '../context.ts'
import type { Kind } from './types.ts'

interface Props {
  kind: Kind
  id: string
  /** What it is about, for those who hear the button instead of seeing it. */
  about?: string
  onErased: () => void
}

export function Erase({ kind, id, about, onErased }: Props) {
  const room = useRoom()
  const dialog = useRef<HTMLDialogElement>(null)
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const title = `erase-${id}`
  const open = () => {
    setProblem(null)
    dialog.current!.showModal()
  }
  const erase = async () => {
    setAsking(true)
    setProblem(null)
    try {
      const path = encodeURIComponent(id)
      if (kind === 'input') await room.api('POST', `${room.base}/inputs/${path}/erase`)
      else await room.api('DELETE', `${room.base}/documents/${path}`)
      dialog.current?.close()
      onErased()
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setAsking(false)
  }
  return (
    <>
      <button type="button" class="quiet" aria-label={about ? `${words.erase}: ${about}` : undefined} onClick={open}>
        {words.erase}
      </button>
      <dialog ref={dialog} class="erase" aria-labelledby={title}>
        <h2 id={title} tabIndex={-1} autofocus>
          {words.title[kind]}
        </h2>
        <WhatHappens kind={kind} provider={room.config.value?.mode === 'claude'} />
        {problem && (
          <p class="alert" role="alert">
            {problem}
          </p>
        )}
        <p class="actions">
          <button type="button" class="danger" disabled={asking} onClick={erase}>
            {asking ? words.asking : words.yes}
          </button>
          <button type="button" onClick={() => dialog.current!.close()}>
            {words.no}
          </button>
        </p>
      </dialog>
    </>
  )
}

function WhatHappens({ kind, provider }: { kind: Kind; provider: boolean }): VNode {
  const goes = [words.going[kind], words.suggestions, words.history]
  const stays = [words.statement, words.others, words.copies, ...(provider ? [words.provider] : []), words.audit]
  return (
    <>
      <h3>{words.goes}</h3>
      <ul>
        {goes.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
      <h3>{words.stays}</h3>
      <ul>
        {stays.map((what) => (
          <li key={what}>{what}</li>
        ))}
      </ul>
    </>
  )
}
