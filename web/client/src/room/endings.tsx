/** When the document cannot go on as it is: why, and what can be done without losing a word. */
import { useEffect, useState } from 'preact/hooks'
import { save } from '../download.ts'
import { strings } from '../strings/room.ts'
import { type Former, findFormer } from '../sync/former.ts'
import { useRoom } from './context.ts'

/** Give text to the person as a file. */
function saveFile(text: string, name: string) {
  save(new Blob([text], { type: 'text/plain;charset=utf-8' }), name)
}

/** After these the server has a version this page can load; after the others it has none for this person. */
const LOADABLE = new Set<number | string>([4400, 4409, 4413, 'denied'])

export function EndingBar() {
  const room = useRoom()
  const ending = room.connection.ending.value
  if (!ending) return null
  const { code, reason } = ending
  const text = room.connection.text.toString()
  const load = async () => {
    // The restored document has another name; what was here before stays until it is asked for or dropped.
    if (code !== 4409) await room.connection.forget()
    location.reload()
  }
  return (
    <div class="bar bar-ending" role="alert">
      <p>
        {strings.endings[code] ?? strings.endings.other} {reason && <span class="hint">{strings.serverSays(reason)}</span>}
      </p>
      <p class="actions">
        {text.trim() && (
          <button type="button" onClick={() => saveFile(text, `${strings.copyName(room.session.value.title)}.txt`)}>
            {strings.saveCopy}
          </button>
        )}
        {LOADABLE.has(code) ? (
          <button type="button" class="primary" onClick={load}>
            {code === 4409 ? strings.loadRestored : strings.loadServer}
          </button>
        ) : (
          <button type="button" onClick={() => location.reload()}>
            {strings.reload}
          </button>
        )}
      </p>
    </div>
  )
}

/** What this browser held of a statement that was restored while it was away. */
export function FormerBar() {
  const room = useRoom()
  const [former, setFormer] = useState<Former | null>(null)
  useEffect(() => {
    const { id, room: name, me } = room.session.peek()
    findFormer(id, name, me.participant).then(setFormer)
  }, [room])
  if (!former) return null
  const drop = () => former.drop().then(() => setFormer(null))
  return (
    <div class="bar" role="note">
      <p>{strings.former}</p>
      <p class="actions">
        <button type="button" onClick={() => saveFile(former.text, `${strings.copyName(room.session.value.title)}.txt`)}>
          {strings.saveCopy}
        </button>
        <button type="button" class="quiet" onClick={drop}>
          {strings.formerDrop}
        </button>
      </p>
    </div>
  )
}

export function Notices() {
  const room = useRoom()
  const notices = room.notices.value
  if (notices.length === 0) return null
  return (
    <section class="notices" aria-label={strings.notices}>
      {notices.map(({ id, level, text }) => (
        <div key={id} class={`toast toast-${level}`} role={level === 'info' ? 'status' : 'alert'}>
          <p dir="auto">{text}</p>
          <button type="button" class="quiet" onClick={() => room.dismiss(id)}>
            {strings.dismiss}
          </button>
        </div>
      ))}
    </section>
  )
}
