/** The keys of the editor, and the marks of Markdown that become blocks as one types them. */
import { chainCommands, deleteSelection, selectAll, toggleMark } from 'prosemirror-commands'
import { InputRule, inputRules, undoInputRule } from 'prosemirror-inputrules'
import { keymap } from 'prosemirror-keymap'
import { type Command, type EditorState, type Plugin, TextSelection, type Transaction } from 'prosemirror-state'
import { OWN_STEP, type StatementBinding } from './binding.ts'
import { backspaceLine, deleteLineBreak, indent, plainLine, splitLine, toEdge, toggleLine } from './commands.ts'
import { isMac } from './platform.ts'
import { schema } from './schema.ts'

export const bold = toggleMark(schema.marks.bold!)
export const italic = toggleMark(schema.marks.italic!)
export const heading = toggleLine('header', 1)
export const subheading = toggleLine('header', 2)
export const bullets = toggleLine('list', 'bullet')
export const numbers = toggleLine('list', 'ordered')
export const quote = toggleLine('blockquote', true)

interface Elsewhere {
  onLink: () => void
  onComment: () => void
}

function opening(open: () => void): Command {
  return (_, dispatch) => {
    if (dispatch) open()
    return true
  }
}

/** Tab stays the browser's: who writes here with the keyboard alone must be able to leave. */
export function keys(binding: StatementBinding, { onLink, onComment }: Elsewhere): Plugin[] {
  const undo: Command = () => binding.undo.undo() !== null
  const redo: Command = () => binding.undo.redo() !== null
  return [
    keymap({
      'Mod-z': undo,
      'Mod-y': redo,
      'Mod-Shift-z': redo,
      'Mod-b': bold,
      'Mod-i': italic,
      'Mod-k': opening(onLink),
      'Mod-Alt-m': opening(onComment),
      'Mod-Alt-0': plainLine,
      'Mod-Alt-1': heading,
      'Mod-Alt-2': subheading,
      'Mod-Shift-7': numbers,
      'Mod-Shift-8': bullets,
      'Mod-Shift-9': quote,
      'Mod-]': indent(1),
      'Mod-[': indent(-1),
      'Mod-a': selectAll,
      [isMac ? 'Mod-ArrowUp' : 'Mod-Home']: toEdge('start', false),
      [isMac ? 'Shift-Mod-ArrowUp' : 'Shift-Mod-Home']: toEdge('start', true),
      [isMac ? 'Mod-ArrowDown' : 'Mod-End']: toEdge('end', false),
      [isMac ? 'Shift-Mod-ArrowDown' : 'Shift-Mod-End']: toEdge('end', true),
      Enter: splitLine,
      'Shift-Enter': splitLine,
      Backspace: chainCommands(undoInputRule, deleteSelection, backspaceLine),
      'Mod-Backspace': chainCommands(deleteSelection, backspaceLine),
      Delete: chainCommands(deleteSelection, deleteLineBreak),
      'Mod-Delete': chainCommands(deleteSelection, deleteLineBreak),
    }),
    inputRules({
      rules: [
        lineRule(/^#\s$/, heading),
        lineRule(/^##\s$/, subheading),
        lineRule(/^[-*]\s$/, bullets),
        lineRule(/^1[.)]\s$/, numbers),
        lineRule(/^>\s$/, quote),
      ],
    }),
  ]
}

/** Take the typed mark away and make the line what it stands for. */
function lineRule(pattern: RegExp, command: Command): InputRule {
  return new InputRule(pattern, (state, _, start, end) => {
    if (state.selection.$from.parent.type.name !== 'paragraph') return null
    const tr = state.tr.delete(start, end)
    let done: Transaction | null = null
    command(state.apply(tr), (made) => {
      done = made
    })
    return done && replay(tr, done)
  })
}

/** The steps of `next`, which follows `tr`, as part of `tr`. */
function replay(tr: Transaction, next: Transaction): Transaction {
  for (const step of next.steps) tr.step(step)
  const { anchor, head } = next.selection
  return tr.setSelection(TextSelection.create(tr.doc, anchor, head)).setMeta(OWN_STEP, true)
}

export function isMarkActive(state: EditorState, name: 'bold' | 'italic' | 'link'): boolean {
  const type = schema.marks[name]!
  const { from, $from, to, empty } = state.selection
  if (empty) return Boolean(type.isInSet(state.storedMarks ?? $from.marks()))
  return state.doc.rangeHasMark(from, to, type)
}
