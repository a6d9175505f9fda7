/** Moving a session on, with a question first where it cannot be undone without loss. */
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { Problem, wordsFor } from '../api.ts'
import { ruleInWords, voting as words } from '../strings/voting.ts'
import type { Phase, Session } from '../types.ts'
import { useRoom } from './context.ts'
import { Dialog } from './dialog.tsx'
import type { Room } from './room.ts'
import { isDefault, voicesNow } from './voting/rule.ts'

async function moveTo(room: Room, phase: Phase): Promise<void> {
  const moved = await room.api<Session>('POST', `${room.base}/phase`, { phase, seen: room.session.value.phase })
  room.session.value = { ...room.session.value, ...moved }
  await room.voting.load()
}

interface Move {
  move: (phase: Phase) => void
  problem: string | null
  /** To be shown somewhere: the question that is open. */
  question: VNode | null
}

export function usePhaseMove(): Move {
  const room = useRoom()
  const [asked, setAsked] = useState<Phase | null>(null)
  const [problem, setProblem] = useState<string | null>(null)
  const go = async (phase: Phase) => {
    setAsked(null)
    setProblem(null)
    try {
      await moveTo(room, phase)
    } catch (error) {
      const moved = error instanceof Problem && error.kind === 'phase-moved'
      setProblem(moved ? words.phaseMoved : wordsFor(error))
      if (moved) await Promise.all([room.loadSession(), room.voting.load()]).catch(() => {})
    }
  }
  const move = (phase: Phase) => {
    setProblem(null)
    const { phase: now } = room.session.peek()
    if (phase === 'deciding' || now === 'deciding') setAsked(phase)
    else go(phase)
  }
  const question = asked && (
    <MoveQuestion phase={asked} onYes={() => go(asked)} onNo={() => setAsked(null)} />
  )
  return { move, problem, question }
}

function MoveQuestion({ phase, onYes, onNo }: { phase: Phase; onYes: () => void; onNo: () => void }) {
  const room = useRoom()
  const state = room.voting.deliberation.value
  const opening = phase === 'deciding'
  const label = opening ? words.rule.startSure : words.poll.reopen
  const rule = state && ruleInWords(state.rule, voicesNow(state.rule, room.session.value.participants))
  return (
    <Dialog label={label} class="asking" onClose={onNo}>
      <h2>{label}</h2>
      {opening ? (
        <>
          <p>{words.rule.startHint}</p>
          {state && rule && (isDefault(state) ? <p class="missed">{words.rule.startDefault(rule)}</p> : <p>{rule}</p>)}
        </>
      ) : (
        <p>{words.poll.reopenSure}</p>
      )}
      <p class="actions">
        <button type="button" class={opening ? 'primary' : 'danger'} onClick={onYes}>
          {opening ? words.rule.startYes : words.poll.reopenYes}
        </button>
        <button type="button" class="quiet" onClick={onNo}>
          {words.poll.cancel}
        </button>
      </p>
    </Dialog>
  )
}
