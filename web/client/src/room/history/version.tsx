/** One version: who wrote which words of it, what has changed since, and the way back to it. */
import { useState } from 'preact/hooks'
import { wordsFor } from '../../api.ts'
import { moment } from '../../moment.ts'
import { strings as words } from '../../strings/history.ts'
import { Confirm } from '../confirm.tsx'
import { useRoom } from '../context.ts'
import { focusOnce } from '../focus.ts'
import { Icon } from '../icons.tsx'
import { useLive } from '../live.ts'
import { Loading } from '../loading.tsx'
import { Changes } from './changes.tsx'
import { Signed } from './signed.tsx'
import type { VersionText } from './types.ts'

type View = keyof typeof words.views
const VIEWS: readonly View[] = ['authors', 'changes']

export function OneVersion({ number, onBack }: { number: number; onBack: (words?: string) => void }) {
  const live = useLive<VersionText>(`/versions/${number}`, ['session'])
  const [view, setView] = useState<View>('authors')
  const found = live.found.value
  return (
    <>
      <div class="panel-head">
        <button type="button" class="back quiet all-versions" onClick={() => onBack()}>
          <Icon name="previous" />
          {words.back}
        </button>
        <h2 tabIndex={-1} ref={focusOnce}>
          {found?.about ? words.version(moment(found.about.ended)) : words.title}
        </h2>
        {found?.about && <p class="hint">{words.characters(found.about.characters)}</p>}
      </div>
      <Loading live={live} />
      {found && (
        <>
          <Restore found={found} onBack={onBack} />
          <fieldset class="views">
            <legend class="hidden">{words.view}</legend>
            {VIEWS.map((one) => (
              <label key={one} class={one === view ? 'view picked' : 'view'}>
                <input type="radio" name="view" checked={one === view} onChange={() => setView(one)} />
                {words.views[one]}
              </label>
            ))}
          </fieldset>
          {view === 'authors' ? <Signed text={found} /> : <Changes changes={found.changes} />}
        </>
      )}
    </>
  )
}

function Restore({ found, onBack }: { found: VersionText; onBack: (words?: string) => void }) {
  const room = useRoom()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  if (!room.isFacilitator || found.changes.every(({ kind }) => kind === 'same')) return null
  if (room.isFrozen) return <p class="hint">{words.frozen}</p>
  const restore = async () => {
    setBusy(true)
    setProblem(null)
    try {
      const path = `${room.base}/versions/${found.version}/restore`
      const { changed } = await room.api<{ changed: boolean }>('POST', path)
      onBack(changed ? words.restored(moment(found.about?.ended ?? new Date().toISOString())) : words.wasSo)
    } catch (error) {
      setProblem(wordsFor(error))
      setBusy(false)
    }
  }
  return (
    <div class="restore">
      {busy ? (
        <p role="status">{words.restoring}</p>
      ) : (
        <Confirm label={words.restore} question={words.restoreSure} yes={words.yes} no={words.no} onYes={restore} />
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </div>
  )
}
