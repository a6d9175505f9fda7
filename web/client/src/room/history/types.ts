/** Versions of the statement, as docs/api.md describes them. */

export interface Writer {
  id: string | null
  name: string | null
  how: 'typed' | 'accepted' | 'restored' | 'server'
}

export interface Version {
  version: number
  begun: string
  ended: string
  cause: 'written' | 'accepted' | 'restored' | 'found'
  by: (Writer & { added: number; removed: number })[]
  characters: number
  poll: number | null
  joined: number
}

export interface Part {
  text: string
  bold?: true
  italic?: true
  author: number | null
}

export interface Block {
  kind: 'paragraph' | 'heading' | 'quote' | 'bullet' | 'ordered'
  level: number
  parts: Part[]
}

export interface Change {
  kind: 'same' | 'removed' | 'added'
  text: string
}

export interface VersionText {
  version: number
  about: Version | null
  authors: Writer[]
  blocks: Block[]
  changes: Change[]
}
