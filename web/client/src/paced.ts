/** Something done again and again, never more often than it makes sense. */

export interface Pace {
  /** Do it: in a while, and once for all who ask until then. */
  soon: () => void
  stop: () => void
}

/** The first call waits as well: who has just begun to type goes on typing. */
export function paced(act: () => void, gapMs: number): Pace {
  let timer: ReturnType<typeof setTimeout> | null = null
  return {
    soon: () => {
      timer ??= setTimeout(() => {
        timer = null
        act()
      }, gapMs)
    },
    stop: () => {
      if (timer) clearTimeout(timer)
      timer = null
    },
  }
}
