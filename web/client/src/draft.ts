/** Text being written in a form: it outlives a failed call, a closed tab and a reload. */
import { useState } from 'preact/hooks'

const PREFIX = 'accord:draft:'

function read(key: string): string | null {
  try {
    return localStorage.getItem(PREFIX + key)
  } catch {
    return null
  }
}

function write(key: string, text: string) {
  try {
    if (text) localStorage.setItem(PREFIX + key, text)
    else localStorage.removeItem(PREFIX + key)
  } catch {
    // Storage is full or forbidden: the field keeps its text all the same, as long as the page is open.
  }
}

/** Forget a text that is of no use any more. */
export function dropDraft(key: string) {
  write(key, '')
}

/** Like a state of text, kept in this browser under a key until it is set to nothing. */
export function useDraft(key: string, initial = ''): [text: string, set: (text: string) => void] {
  const [text, setText] = useState(() => read(key) ?? initial)
  const set = (next: string) => {
    setText(next)
    write(key, next)
  }
  return [text, set]
}
