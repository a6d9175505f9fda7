/** Where a link of the statement leads. */
import type { TargetedSubmitEvent } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { StatementEditor } from '../statement/editor.ts'
import { isMarkActive } from '../statement/keys.ts'
import { addressFrom } from '../statement/links.ts'
import { linkAround, removeLink, setLink } from '../statement/link-commands.ts'
import { strings } from '../strings/room.ts'

export function LinkForm({ editor, onDone }: { editor: StatementEditor; onDone: () => void }) {
  const { view } = editor
  const [typed, setTyped] = useState(() => linkAround(view.state) ?? '')
  const [problem, setProblem] = useState<string | null>(null)
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.focus(), [])
  const isLink = isMarkActive(view.state, 'link')

  const done = () => {
    onDone()
    view.focus()
  }
  const submit = (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const href = addressFrom(typed)
    if (!href) setProblem(strings.link.bad)
    else if (!setLink(href)(view.state, view.dispatch)) setProblem(strings.link.nothing)
    else done()
  }
  const remove = () => {
    removeLink(view.state, view.dispatch)
    done()
  }
  return (
    <form class="link-form" onSubmit={submit} onKeyDown={(event) => event.key === 'Escape' && done()} noValidate>
      <label for="link-address">{strings.link.label}</label>
      <div class="copy">
        <input
          id="link-address"
          ref={field}
          value={typed}
          dir="ltr"
          inputMode="url"
          placeholder="https://"
          aria-describedby={problem ? 'link-problem' : undefined}
          aria-invalid={problem !== null}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit">{strings.link.set}</button>
        {isLink && (
          <button type="button" onClick={remove}>
            {strings.link.remove}
          </button>
        )}
        <button type="button" class="quiet" onClick={done}>
          {strings.link.cancel}
        </button>
      </div>
      {problem && (
        <p id="link-problem" class="field-error" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
