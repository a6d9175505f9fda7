/** The result to keep: in forms to read, and as a record anybody can check. */
import { useSignal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { download } from '../../download.ts'
import { type Kind, strings as words } from '../../strings/report.ts'
import { useRoom } from '../context.ts'
import { Icon } from '../icons.tsx'
import { Copyable } from './copyable.tsx'

const KINDS: readonly Kind[] = ['pdf', 'docx', 'md', 'json', 'export']

const fileOf = (kind: Kind) => (kind === 'export' ? 'export.md' : `report.${kind}`)

export function Report() {
  const room = useRoom()
  return (
    <>
      <div class="panel-head">
        <h2>{words.title}</h2>
        <p class="hint">{words.intro(room.session.value.phase === 'agreed')}</p>
      </div>
      <ul class="kinds">
        {KINDS.map((kind) => (
          <li key={kind}>
            <OneKind kind={kind} />
          </li>
        ))}
      </ul>
      <Verify />
    </>
  )
}

function OneKind({ kind }: { kind: Kind }) {
  const room = useRoom()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [said, setSaid] = useState('')
  const [name, meaning] = words.kinds[kind]
  const get = async () => {
    setBusy(true)
    setProblem(null)
    setSaid('')
    try {
      const { title, me } = room.session.peek()
      await download(`${room.base}/${fileOf(kind)}`, me.participant, `${title}, ${fileOf(kind)}`)
      setSaid(words.done(name))
    } catch (error) {
      setProblem(wordsFor(error))
    }
    setBusy(false)
  }
  return (
    <>
      <div class="kind-of">
        <p>
          <strong>{name}</strong>
          <span class="hint">{meaning}</span>
        </p>
        <button type="button" disabled={busy} aria-label={words.downloadOf(name)} onClick={get}>
          <Icon name="report" />
          {busy ? words.making : words.download}
        </button>
      </div>
      <p class={said ? 'done' : ''} role="status">
        {said}
      </p>
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}

function Verify() {
  const room = useRoom()
  const key = useSignal<string | null>(null)
  const problem = useSignal<string | null>(null)
  useEffect(() => {
    room.api<{ public_key: string }>('GET', '/audit-key').then(
      ({ public_key }) => {
        key.value = public_key
      },
      (error) => {
        problem.value = wordsFor(error)
      },
    )
  }, [room])
  return (
    <section class="group" aria-labelledby="verify">
      <h3 id="verify">{words.verify}</h3>
      <p class="hint">{words.verifyHint}</p>
      {problem.value && (
        <p class="alert" role="alert">
          {problem.value}
        </p>
      )}
      {key.value && (
        <>
          <Copyable label={words.key} text={key.value} />
          <p class="hint">{words.keyHint}</p>
          <Copyable label={words.command} text={`accord audit verify FILE.json --key ${key.value}`} />
        </>
      )}
    </section>
  )
}
