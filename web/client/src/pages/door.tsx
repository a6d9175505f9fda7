/** The frame of every page before the room: the mark, one heading, one card. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { strings } from '../strings/door.ts'

interface DoorProps {
  title: string
  /** What went wrong, if something did; then the page offers the way to the start. */
  problem?: string | null
  busy?: boolean
  wide?: boolean
  children?: ComponentChildren
}

export function Door({ title, problem, busy = false, wide = false, children }: DoorProps) {
  useEffect(() => {
    document.title = `${title} · ${strings.product}`
  }, [title])
  return (
    <>
      <header class="door-head">
        <a class="brand" href="/">
          <Mark />
          {strings.product}
        </a>
      </header>
      <main class={wide ? 'door wide' : 'door'} aria-busy={busy}>
        <h1 dir="auto">{title}</h1>
        {problem && <Alert words={problem} />}
        {children}
        {problem && !children && (
          <p>
            <a href="/">{strings.home}</a>
          </p>
        )}
      </main>
    </>
  )
}

export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" />
      <path d="M8 23 16 8l8 15M11.5 17.5h9" />
    </svg>
  )
}

export function Alert({ words }: { words: string }) {
  return (
    <p class="alert" role="alert">
      {words}
    </p>
  )
}
