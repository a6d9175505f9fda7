/** The head of the room: what it is about, how far it is, who is here, and whether all is saved. */
import { Mark } from '../pages/door.tsx'
import { strings } from '../strings/room.ts'
import { PHASES } from '../types.ts'
import { useRoom } from './context.ts'
import { Deadline } from './deadline.tsx'
import { People } from './people.tsx'
import { SavedWord } from './saved-word.tsx'
import { Stepper } from './stepper.tsx'

export function Header() {
  const { title, question, phase } = useRoom().session.value
  return (
    <header class="room-head">
      <a class="room-home" href="/" aria-label={strings.home}>
        <Mark />
      </a>
      <h1 dir="auto">{title}</h1>
      <p class="topic-question" dir="auto">
        <span class="hidden">{strings.question}: </span>
        {question}
      </p>
      <div class="state">
        <Stepper />
        <div class="now">
          <p class="phase-word">{strings.phaseNow(strings.phases[phase], PHASES.indexOf(phase) + 1)}</p>
          <Deadline />
        </div>
        <People />
        <SavedWord />
      </div>
    </header>
  )
}
