/** Invitation links, which can be seen once. */
import { useRef, useState } from 'preact/hooks'
import { strings } from '../strings/host.ts'
import type { NewInvitation } from '../types.ts'

interface LinkListProps {
  invitations: NewInvitation[]
  mail: boolean
  /** Some links were copied, by the ids of their invitations. */
  onCopied: (ids: string[]) => void
}

export function LinkList({ invitations, mail, onCopied }: LinkListProps) {
  const all = invitations.map(({ email, name, link }) => `${email ?? name ?? strings.somebody}: ${link}`).join('\n')
  const mailed = invitations.every((invitation) => invitation.mailed)
  return (
    <>
      <ul class="links">
        {invitations.map((invitation) => (
          <li key={invitation.id}>
            <CopyLink invitation={invitation} tellMail={mail && !mailed} onCopied={onCopied} />
          </li>
        ))}
      </ul>
      {invitations.length > 1 && (
        <CopyButton text={all} label={strings.copyAll} onCopied={() => onCopied(invitations.map(({ id }) => id))} />
      )}
    </>
  )
}

interface CopyLinkProps {
  invitation: NewInvitation
  tellMail: boolean
  onCopied?: (ids: string[]) => void
}

export function CopyLink({ invitation, tellMail, onCopied }: CopyLinkProps) {
  const { id, email, name, link, mailed } = invitation
  const who = email ?? name ?? strings.somebody
  const field = useRef<HTMLInputElement>(null)
  return (
    <>
      <label for={`link-${id}`}>
        <bdi>{strings.linkFor(who)}</bdi>
        {tellMail && <span class="hint"> · {mailed ? strings.mailed : strings.notMailed}</span>}
      </label>
      <div class="copy">
        <input id={`link-${id}`} ref={field} readOnly value={link} dir="ltr" onFocus={(event) => event.currentTarget.select()} />
        <CopyButton
          text={link}
          label={strings.copy}
          about={who}
          otherwise={() => field.current?.focus()}
          onCopied={() => onCopied?.([id])}
        />
      </div>
    </>
  )
}

interface CopyButtonProps {
  text: string
  label: string
  about?: string
  /** What to do where pages may not use the clipboard (plain http). */
  otherwise?: () => void
  onCopied: () => void
}

function CopyButton({ text, label, about, otherwise, onCopied }: CopyButtonProps) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    const done = await copied(text)
    if (!done) otherwise?.()
    setSaid(done ? strings.copied : strings.copyByHand)
    if (done) onCopied()
    setTimeout(() => setSaid(''), 4000)
  }
  return (
    <>
      <button type="button" onClick={copy} aria-label={about ? `${label}: ${strings.linkFor(about)}` : undefined}>
        {said === strings.copied ? said : label}
      </button>
      <span class={said === strings.copyByHand ? 'hint' : 'hidden'} role="status">
        {said}
      </span>
    </>
  )
}

/** Put text on the clipboard; the second way is for pages without HTTPS, which may not use the first. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const field = document.createElement('textarea')
    field.className = 'hidden'
    field.value = text
    document.body.append(field)
    field.select()
    const done = document.execCommand('copy')
    field.remove()
    return done
  }
}
