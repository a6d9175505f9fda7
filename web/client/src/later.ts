/** What is fetched after the first page can be read. */

/**
 * The files of the room, the style sheet first; the build writes them into the page. Named there, they are asked
 * for all at once, and not one after the other as each turns out to need the next.
 */
function filesOfRoom(): string[] {
  return document.querySelector<HTMLMetaElement>('meta[name="room-files"]')!.content.split(' ')
}

function add(rel: string, href: string): HTMLLinkElement {
  const link = document.createElement('link')
  link.rel = rel
  link.href = href
  document.head.append(link)
  return link
}

function stylesheet(href: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const link = add('stylesheet', href)
    link.onload = () => resolve()
    link.onerror = () => reject(new Error(`no style sheet at ${href}`))
  })
}

let room: Promise<typeof import('./room/page.tsx')> | null = null

/** The room's page; the second call waits for the first. A failed load can be tried again. */
export function loadRoom(): Promise<typeof import('./room/page.tsx')> {
  if (room) return room
  const [styles, ...scripts] = filesOfRoom()
  for (const script of scripts) add('modulepreload', script)
  room = Promise.all([import('./room/page.tsx'), stylesheet(styles!)]).then(
    ([page]) => page,
    (error) => {
      room = null
      throw error
    },
  )
  return room
}

export const loadHost = () => import('./pages/host.tsx')
