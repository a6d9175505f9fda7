/** Said wherever links are given out by a server that only its own computer can reach. */
import { strings } from '../strings/host.ts'

export function LocalOnly() {
  return (
    <div class="notice" role="note">
      <p class="notice-title">{strings.localTitle}</p>
      <p>
        {strings.local} <code>--host 0.0.0.0</code> {strings.localAnd} <code>ACCORD_PUBLIC_URL</code> {strings.localTo}
      </p>
    </div>
  )
}
