/** Invitation links, which can be seen once. */
import { useRef, useState } from 'preact/hooks'
import { strings } from '../strings/host.ts'
import type { NewInvitation } from '../types.ts'

export function LinkList({ invitations, mail }: { invitations: NewInvitation[]; mail: boolean }) {
  const all = invitations.map(({ email, name, link }) => `${email ?? name ?? strings.somebody}: ${link}`).join('\n')
  const mailed = invitations.every((invitation) => invitation.mailed)
  return (
    <>
      <ul class="links">
        {invitations.map((invitation) => (
          <li key={invitation.id}>
            <CopyLink invitation={invitation} tellMail={mail && !mailed} />
          </li>
        ))}
      </ul>
      {invitations.length > 1 && <CopyButton text={all} label={strings.copyAll} />}
    </>
  )
}

export function CopyLink({ invitation, tellMail }: { invitation: NewInvitation; tellMail: boolean }) {
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
        <CopyButton text={link} label={strings.copy} about={who} otherwise={() => field.current?.focus()} />
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
}

function CopyButton({ text, label, about, otherwise }: CopyButtonProps) {
  const [said, setSaid] = useState('')
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid(strings.copied)
    } catch {
      otherwise?.()
      setSaid(strings.copyByHand)
    }
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
