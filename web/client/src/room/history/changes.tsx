/** What has been done to a version since. */
import { strings as words } from '../../strings/history.ts'
import type { Change } from './types.ts'

export function Changes({ changes }: { changes: Change[] }) {
  if (changes.every(({ kind }) => kind === 'same')) return <p class="nothing">{words.same}</p>
  return (
    <>
      <p class="hint">{words.changesHint}</p>
      <div class="difference changes" dir="auto">
        {changes.map(({ kind, text }, i) => {
          if (kind === 'same') return <span key={i}>{text}</span>
          const Kind = kind === 'removed' ? 'del' : 'ins'
          return (
            <Kind key={i}>
              <span class="hidden">{words[kind]}: </span>
              {visible(text)}
            </Kind>
          )
        })}
      </div>
    </>
  )
}

/** A line break alone would be a change nobody sees. */
function visible(text: string): string {
  return text.trim() ? text : text.replaceAll('\n', '¶\n')
}
