/** The form that starts a session. */
import type { TargetedSubmitEvent } from 'preact'
import { useState } from 'preact/hooks'
import { apiAs, Problem, wordsFor } from '../api.ts'
import { useDraft } from '../draft.ts'
import { Choice, Field } from '../forms.tsx'
import { strings } from '../strings/host.ts'
import { SESSION_TYPES, type SessionType } from '../types.ts'
import { Alert } from './door.tsx'
import type { Started } from './host.tsx'

type Fields = Record<string, string>

export function NewSession({ name: known, onStarted }: { name: string; onStarted: (started: Started) => void }) {
  const [title, setTitle] = useDraft('new-title')
  const [question, setQuestion] = useDraft('new-question')
  const [people, setPeople] = useDraft('new-people')
  const [name, setName] = useDraft('new-name', known)
  const [type, setType] = useState<SessionType>('other')
  const [shared, setShared] = useState(false)
  const [external, setExternal] = useState(true)
  const [fields, setFields] = useState<Fields>({})
  const [problem, setProblem] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const check = (): Fields => ({
    ...(title.trim().length < 3 ? { title: strings.titleShort } : {}),
    ...(question.trim().length < 3 ? { question: strings.questionShort } : {}),
    ...(name.trim() ? {} : { facilitator_name: strings.nameMissing }),
  })

  const submit = async (event: TargetedSubmitEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const wrong = check()
    setFields(wrong)
    setProblem(null)
    const first = Object.keys(wrong)[0]
    if (first) {
      ;(form.elements.namedItem(first) as HTMLElement | null)?.focus()
      return
    }
    setBusy(true)
    try {
      const started = await apiAs(null)<Started>('POST', '/sessions', {
        title: title.trim(),
        question: question.trim(),
        type,
        stakeholders: people.split(/[\s,;]+/).filter(Boolean),
        facilitator_reads_inputs: shared,
        external_ai: external,
        facilitator_name: name.trim(),
      })
      for (const clear of [setTitle, setQuestion, setPeople]) clear('')
      onStarted(started)
    } catch (error) {
      if (error instanceof Problem) setFields(byField(error.fields))
      setProblem(wordsFor(error))
      setBusy(false)
    }
  }

  return (
    <form class="card" onSubmit={submit} noValidate aria-labelledby="new-session">
      <h2 id="new-session">{strings.newTitle}</h2>
      <Field name="title" label={strings.sessionTitle} hint={strings.titleHint} error={fields.title}>
        {(props) => <input {...props} value={title} maxLength={200} onInput={(e) => setTitle(e.currentTarget.value)} />}
      </Field>
      <Field name="question" label={strings.question} hint={strings.questionHint} error={fields.question}>
        {(props) => (
          <textarea {...props} rows={3} value={question} maxLength={2000} onInput={(e) => setQuestion(e.currentTarget.value)} />
        )}
      </Field>
      <Field name="stakeholders" label={strings.stakeholders} hint={strings.stakeholdersHint} error={fields.stakeholders}>
        {(props) => (
          <textarea {...props} rows={4} value={people} dir="ltr" onInput={(e) => setPeople(e.currentTarget.value)} />
        )}
      </Field>
      <fieldset>
        <legend>{strings.reads}</legend>
        <Choice name="reads" checked={!shared} onPick={() => setShared(false)} label={strings.readsBot} hint={strings.readsBotHint} />
        <Choice name="reads" checked={shared} onPick={() => setShared(true)} label={strings.readsFacilitator} hint={strings.readsFacilitatorHint} />
      </fieldset>
      <fieldset>
        <legend>{strings.ai}</legend>
        <Choice name="external" checked={external} onPick={() => setExternal(true)} label={strings.aiAllowed} hint={strings.aiAllowedHint} />
        <Choice name="external" checked={!external} onPick={() => setExternal(false)} label={strings.aiForbidden} hint={strings.aiForbiddenHint} />
      </fieldset>
      <div class="pair">
        <Field name="facilitator_name" label={strings.myName} error={fields.facilitator_name}>
          {(props) => (
            <input {...props} value={name} maxLength={80} autocomplete="name" onInput={(e) => setName(e.currentTarget.value)} />
          )}
        </Field>
        <div class="field">
          <label for="type">{strings.type}</label>
          <select id="type" value={type} onChange={(event) => setType(event.currentTarget.value as SessionType)}>
            {SESSION_TYPES.map((one) => (
              <option key={one} value={one}>
                {strings.types[one]}
              </option>
            ))}
          </select>
        </div>
      </div>
      {problem && <Alert words={problem} />}
      <button class="primary big" type="submit" disabled={busy}>
        {busy ? strings.creating : strings.create}
      </button>
    </form>
  )
}

/** `stakeholders.3` and the like belong to the field they start with. */
function byField(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([field, message]) => [field.split('.')[0]!, message]))
}
