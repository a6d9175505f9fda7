/** Which addresses a link may have. The statement is shared, so an address may come from anybody's program. */

const ALLOWED = new Set(['http:', 'https:', 'mailto:'])

/** The address as a browser reads it, or null when a link to it must not be made clickable. */
export function safeHref(address: unknown): string | null {
  if (typeof address !== 'string' || address.length > 2000) return null
  try {
    const url = new URL(address)
    return ALLOWED.has(url.protocol) ? url.href : null
  } catch {
    return null
  }
}

/** What somebody typed into the link field, completed: `example.org` and `me@example.org` are meant as links too. */
export function addressFrom(typed: string): string | null {
  const text = typed.trim()
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return safeHref(text)
  if (/^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text)) return safeHref(`mailto:${text}`)
  if (/^[^\s/]+\.[^\s/]{2,}/.test(text)) return safeHref(`https://${text}`)
  return null
}
