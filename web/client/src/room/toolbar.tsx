/** The buttons above the sheet: one stop for Tab, arrow keys inside. */
import type { Command, EditorState } from 'prosemirror-state'
import { useRef, useState } from 'preact/hooks'
import type { ReadonlySignal } from '@preact/signals'
import { indent, lineValue } from '../statement/commands.ts'
import type { StatementEditor } from '../statement/editor.ts'
import * as keys from '../statement/keys.ts'
import { isMac } from '../statement/platform.ts'
import { strings } from '../strings/room.ts'
import { Icon, type IconName } from './icons.tsx'

interface Button {
  name: IconName & keyof typeof strings.toolbar
  keys?: string
  on?: (state: EditorState) => boolean
  can?: (state: EditorState) => boolean
  run: Command
}

const shortcut = (keys: string) => (isMac ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧') : keys)

const inList = (state: EditorState) => lineValue(state, 'list') !== undefined

function groups({ editor, onLink, onComment }: Props): Button[][] {
  const { undo } = editor.binding
  const always = (act: () => unknown): Command => () => {
    act()
    return true
  }
  return [
    [
      { name: 'bold', keys: 'Ctrl+B', on: (state) => keys.isMarkActive(state, 'bold'), run: keys.bold },
      { name: 'italic', keys: 'Ctrl+I', on: (state) => keys.isMarkActive(state, 'italic'), run: keys.italic },
    ],
    [
      { name: 'heading', keys: 'Ctrl+Alt+1', on: (state) => lineValue(state, 'header') === 1, run: keys.heading },
      { name: 'subheading', keys: 'Ctrl+Alt+2', on: (state) => lineValue(state, 'header') === 2, run: keys.subheading },
      { name: 'bullets', keys: 'Ctrl+Shift+8', on: (state) => lineValue(state, 'list') === 'bullet', run: keys.bullets },
      { name: 'numbers', keys: 'Ctrl+Shift+7', on: (state) => lineValue(state, 'list') === 'ordered', run: keys.numbers },
      { name: 'outdent', keys: 'Ctrl+[', can: inList, run: indent(-1) },
      { name: 'indent', keys: 'Ctrl+]', can: inList, run: indent(1) },
      { name: 'quote', keys: 'Ctrl+Shift+9', on: (state) => lineValue(state, 'blockquote') === true, run: keys.quote },
    ],
    [{ name: 'link', keys: 'Ctrl+K', on: (state) => keys.isMarkActive(state, 'link'), run: always(onLink) }],
    [
      { name: 'undo', keys: 'Ctrl+Z', can: () => undo.undoStack.length > 0, run: always(() => undo.undo()) },
      { name: 'redo', keys: 'Ctrl+Shift+Z', can: () => undo.redoStack.length > 0, run: always(() => undo.redo()) },
    ],
    [{ name: 'comments', keys: 'Ctrl+Alt+M', run: always(onComment) }],
  ]
}

interface Props {
  editor: StatementEditor
  state: ReadonlySignal<EditorState | null>
  onLink: () => void
  onComment: () => void
}

/** These go elsewhere with the focus. */
const LEAVING = new Set(['link', 'comments'])

export function Toolbar(props: Props) {
  const { editor, state } = props
  const bar = useRef<HTMLDivElement>(null)
  const [stop, setStop] = useState(0)
  const now = state.value
  if (!now) return null

  const move = (event: KeyboardEvent) => {
    const buttons = [...bar.current!.querySelectorAll<HTMLButtonElement>('button')]
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement)
    const rtl = getComputedStyle(bar.current!).direction === 'rtl'
    const step = { ArrowRight: rtl ? -1 : 1, ArrowLeft: rtl ? 1 : -1 }[event.key]
    const to =
      event.key === 'Home' ? 0 : event.key === 'End' ? buttons.length - 1 : step ? (at + step + buttons.length) % buttons.length : -1
    if (to < 0) return
    event.preventDefault()
    setStop(to)
    buttons[to]!.focus()
  }

  let order = 0
  return (
    <div ref={bar} class="toolbar" role="toolbar" aria-label={strings.toolbar.label} aria-controls="statement" onKeyDown={move}>
      {groups(props).map((group, i) => (
        <div class="toolbar-group" key={i}>
          {group.map(({ name, keys, on, can, run }) => {
            const place = order++
            const able = can?.(now) ?? true
            return (
              <button
                key={name}
                type="button"
                class="tool"
                tabIndex={place === stop ? 0 : -1}
                aria-label={strings.toolbar[name]}
                title={`${strings.toolbar[name]}${keys ? ` (${shortcut(keys)})` : ''}`}
                aria-pressed={on ? on(now) : undefined}
                // Stays focusable: a button that vanishes under the focus would throw keyboard users out.
                aria-disabled={!able}
                onMouseDown={(event) => event.preventDefault()}
                onFocus={() => setStop(place)}
                onClick={(event) => {
                  if (!able) return
                  run(editor.view.state, editor.view.dispatch, editor.view)
                  // A click goes on writing; a key press stays in the toolbar.
                  if (event.detail > 0 && !LEAVING.has(name)) editor.view.focus()
                }}
              >
                <Icon name={name} />
              </button>
            )
          })}
        </div>
      ))}
    </div>
  )
}
