/** What is fetched after the first page can be read. */

declare const ROOM_STYLES: string

function stylesheet(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = href
    link.onload = () => resolve()
    link.onerror = () => reject(new Error(`no style sheet at ${href}`))
    document.head.append(link)
  })
}

let room: Promise<typeof import('./room/page.tsx')> | null = null

/** The room's page; the second call waits for the first. A failed load can be tried again. */
export function loadRoom(): Promise<typeof import('./room/page.tsx')> {
  room ??= Promise.all([import('./room/page.tsx'), stylesheet(ROOM_STYLES)]).then(
    ([page]) => page,
    (error) => {
      room = null
      throw error
    },
  )
  return room
}

export const loadHost = () => import('./pages/host.tsx')
