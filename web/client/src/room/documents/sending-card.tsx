/** One file on its way: how far it is, and what can be done about it. */
import { useRef, useState } from 'preact/hooks'
import { strings } from '../../strings/documents.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { documentsOf } from './documents.ts'
import type { Sending } from './sending.ts'
import { wordsOfSize } from './words.ts'

const words = strings.sending

export function SendingCard({ one }: { one: Sending }) {
  const { uploads } = documentsOf(useRoom())
  const state = one.state.value
  const sent = wordsOfSize(one.sent.value)
  return (
    <article class={`document sending-${state}`}>
      <p class="document-name">
        <bdi>{one.name}</bdi>
      </p>
      {state !== 'expired' && (
        <progress max={Math.max(one.size, 1)} value={one.sent.value} aria-label={words.progress(one.name)} />
      )}
      <p class="hint">
        <span class="sending-word">{words.states[state]}</span> · {words.of(sent, wordsOfSize(one.size))}
      </p>
      {state === 'refused' && (
        <p class="alert" role="alert">
          {one.words.value}
        </p>
      )}
      {state === 'lost' && <p class="warn">{words.lost(one.sent.value > 0 ? sent : null)}</p>}
      {state === 'expired' && <p class="warn">{words.expired}</p>}
      <p class="actions">
        {(state === 'sending' || state === 'offline' || state === 'waiting') && (
          <button type="button" class="quiet" aria-label={`${words.pause}: ${one.name}`} onClick={() => uploads.pause(one)}>
            {words.pause}
          </button>
        )}
        {state === 'paused' && (
          <button type="button" class="quiet" aria-label={`${words.resume}: ${one.name}`} onClick={() => uploads.resume(one)}>
            {words.resume}
          </button>
        )}
        {state === 'refused' && one.again && (
          <button type="button" class="quiet" aria-label={`${words.again}: ${one.name}`} onClick={() => uploads.resume(one)}>
            {words.again}
          </button>
        )}
        {state === 'lost' && <PickAgain one={one} />}
        {state === 'expired' || (state === 'refused' && one.sent.value === 0) ? (
          <button type="button" class="quiet" aria-label={`${words.dismiss}: ${one.name}`} onClick={() => uploads.giveUp(one)}>
            {words.dismiss}
          </button>
        ) : (
          <Confirm
            label={words.giveUp}
            about={one.name}
            question={words.giveUpSure}
            yes={words.giveUp}
            no={words.keep}
            onYes={() => uploads.giveUp(one)}
          />
        )}
      </p>
    </article>
  )
}

function PickAgain({ one }: { one: Sending }) {
  const { uploads } = documentsOf(useRoom())
  const field = useRef<HTMLInputElement>(null)
  const [another, setAnother] = useState(false)
  const pick = async (file: File | undefined) => {
    if (file) setAnother(!(await uploads.giveAgain(one, file)))
  }
  return (
    <>
      <button type="button" aria-label={`${words.pickAgain}: ${one.name}`} onClick={() => field.current?.click()}>
        {words.pickAgain}
      </button>
      <input
        ref={field}
        type="file"
        hidden
        aria-label={`${words.pickAgain}: ${one.name}`}
        onChange={({ currentTarget }) => {
          pick(currentTarget.files?.[0])
          currentTarget.value = ''
        }}
      />
      {another && (
        <span class="warn" role="alert">
          {words.another(one.name)}
        </span>
      )}
    </>
  )
}
