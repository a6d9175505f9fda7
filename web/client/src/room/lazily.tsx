/** Places whose code comes after the statement can be written on. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { strings } from '../strings/room.ts'
import { Trouble } from './trouble.tsx'

interface Lazy {
  load: () => Promise<void>
}

const all: Lazy[] = []

/** Return a component that fetches another one when it is first shown, or when all are fetched ahead. */
export function lazily(load: () => Promise<ComponentType>): ComponentType {
  let found: ComponentType | null = null
  const lazy = {
    load: async () => {
      found ??= await load()
    },
  }
  all.push(lazy)
  return function Lazily() {
    // As a function: what `useState` is given is called, and a component called so would be there twice.
    const [, setShown] = useState(() => found)
    const [failed, setFailed] = useState(false)
    const fetch = () => {
      setFailed(false)
      lazy.load().then(
        () => setShown(() => found),
        () => setFailed(true),
      )
    }
    useEffect(() => {
      if (!found) fetch()
    }, [])
    const Shown = found
    if (Shown) return <Shown />
    if (!failed) return <p class="nothing">{strings.fetching}</p>
    return <Trouble problem={strings.notFetched} onAgain={fetch} />
  }
}

/** Fetch what is not here yet, one after the other, so that it is there also without a connection. */
export async function fetchAhead(): Promise<void> {
  for (const lazy of all) await lazy.load().catch(() => undefined)
}
