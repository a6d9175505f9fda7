/** Deciding a group of suggestions in one go: each one still by itself, in the order of the text. */
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../api.ts'
import type { Shown } from '../statement/suggestions.ts'
import { strings } from '../strings/room.ts'
import type { Suggestion } from '../types.ts'
import { Confirm } from './confirm.tsx'
import { useRoom } from './context.ts'
import { mayWrite } from './sheet.tsx'

const words = strings.suggestions

interface Props {
  some: Shown[]
  onMissed: (words: string) => void
}

export function AllOf({ some, onMissed }: Props) {
  const room = useRoom()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const open = some.filter(({ verified, status }) => verified && status === 'open')
  const offered = open.length > 1 && mayWrite(room)
  const decide = async (verdict: 'accept' | 'reject') => {
    setBusy(true)
    setProblem(null)
    let done = 0
    for (const { id } of open) {
      try {
        const path = `${room.base}/suggestions/${encodeURIComponent(id)}/${verdict}`
        room.keepRow(await room.api<Suggestion>('POST', path, {}))
        done += 1
      } catch (error) {
        // What somebody decided meanwhile, or whose words have changed, does not keep the others waiting.
        if (error instanceof Problem && error.status === 409) continue
        setProblem(wordsFor(error))
        break
      }
    }
    if (done < open.length) {
      await room.loadSuggestions().catch(() => {})
      onMissed(words.notAll(done, open.length))
    }
    setBusy(false)
  }
  return (
    <>
      {busy && (
        <p class="hint" role="status">
          {words.busy}
        </p>
      )}
      {offered && !busy && (
        <p class="actions all-of">
          <Confirm
            label={words.acceptAll(open.length)}
            question={words.acceptSure}
            yes={words.yes}
            no={words.cancel}
            onYes={() => decide('accept')}
          />
          <Confirm
            label={words.rejectAll(open.length)}
            question={words.rejectSure}
            yes={words.yes}
            no={words.cancel}
            onYes={() => decide('reject')}
          />
        </p>
      )}
      {problem && (
        <p class="alert" role="alert">
          {problem}
        </p>
      )}
    </>
  )
}
