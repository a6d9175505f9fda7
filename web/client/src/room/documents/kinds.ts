/** What can be read, judged before anything is sent. The server looks at the content and has the last word. */

const READABLE = [
  '.pdf', '.docx', '.pptx', '.xlsx', '.odt', '.html', '.htm', '.xhtml', '.md', '.markdown', '.txt', '.csv', '.tsv',
  '.doc', '.ppt', '.xls', '.odp', '.ods', '.rtf',
]

/** Pictures are offered too: who looks for a photo is told what to do about it, instead of not finding it. */
export const ACCEPT = [...READABLE, 'text/*', 'application/pdf', 'image/*'].join(',')

export type Unreadable = 'folder' | 'empty' | 'picture' | 'recording' | 'archive' | 'program'

const ENDINGS: [RegExp, Unreadable][] = [
  [/\.(jpe?g|png|gif|webp|heic|heif|avif|tiff?|bmp|svg)$/i, 'picture'],
  [/\.(mp3|m4a|wav|ogg|opus|flac|aac|mp4|m4v|mov|avi|mkv|webm)$/i, 'recording'],
  [/\.(zip|7z|rar|gz|tgz|bz2|xz|tar)$/i, 'archive'],
  [/\.(exe|msi|dmg|apk|bat|cmd|sh|js|jar)$/i, 'program'],
]

const PHOTO = /\.(jpe?g|png)$/i

/** Why a file cannot be read, null if it may be. `readsPictures`: the server reads text from photographs. */
export function unreadable(file: File, isFolder: boolean, readsPictures: boolean): Unreadable | null {
  if (isFolder) return 'folder'
  if (readsPictures && (PHOTO.test(file.name) || /^image\/(jpeg|png)$/.test(file.type))) return file.size === 0 ? 'empty' : null
  if (file.type.startsWith('image/')) return 'picture'
  if (file.type.startsWith('audio/') || file.type.startsWith('video/')) return 'recording'
  const known = ENDINGS.find(([ending]) => ending.test(file.name))?.[1]
  return known ?? (file.size === 0 ? 'empty' : null)
}
