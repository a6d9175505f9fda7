/** What the server says, as docs/api.md describes it. */
import type { SourceDocument } from './room/documents/types.ts'

export type Phase = 'gathering' | 'drafting' | 'refining' | 'deciding' | 'agreed'
export const PHASES: readonly Phase[] = ['gathering', 'drafting', 'refining', 'deciding', 'agreed']

export type Role = 'facilitator' | 'participant' | 'observer'
export type Mode = 'claude' | 'extractive'
export type SessionType = 'climate' | 'strategic_planning' | 'procurement' | 'merger' | 'other'
export const SESSION_TYPES: readonly SessionType[] = ['climate', 'strategic_planning', 'procurement', 'merger', 'other']

export interface Config {
  version: string
  mode: Mode
  model: string | null
  /** Whom people's words go to when a model is asked. */
  provider: string | null
  mail: boolean
  public_url: string
  local_only: boolean
  /** Whether text is read from photographs and scans here. */
  reads_pictures: boolean
}

export interface Me {
  facilitator: { id: string; name: string } | null
  people: { participant: string; session: string; title: string; name: string; role: Role }[]
}

export interface Preview {
  session: string
  title: string
  question: string
  role: Role
  name: string | null
  joined: boolean
  facilitator_reads_inputs: boolean
  external_ai: boolean
  provider: string | null
}

export interface Joined {
  session: string
  participant: string
  name: string
  role: Role
  room: string
}

export interface Participant {
  id: string
  name: string
  role: Role
  /** Whom they speak for. */
  delegation: string | null
  joined_at: string
}

export interface Run {
  id: string
  status: 'queued' | 'running' | 'done' | 'failed'
  mode: Mode
  model: string | null
  step: string | null
  sentence: number | null
  of: number | null
  message: string | null
  trigger: string
  started_at: string | null
  ended_at: string | null
}

/** Me in a session, and among how many people an anonymous quote of mine would be. */
export interface Member {
  participant: string
  name: string
  role: Role
  predictable: boolean
  anonymity: { among: number; people: number; small: boolean }
}

export interface Session {
  id: string
  title: string
  question: string
  type: SessionType
  phase: Phase
  room: string
  created_at: string
  facilitator_reads_inputs: boolean
  external_ai: boolean
  settings_locked: boolean
  me: Member
  participants: Participant[]
  inputs: { count: number; people: number }
  run: Run | null
}

/** A session in a list; there a server may leave out who is in it. */
export type SessionRow = Omit<Session, 'me' | 'participants'> & Partial<Pick<Session, 'me' | 'participants'>>

/** A link is only told when the invitation is made or issued again; the server keeps no copy. */
export interface NewInvitation {
  id: string
  email: string | null
  name: string | null
  role: Role
  link: string
  expires_at: string
  mailed: boolean
}

export interface Invitation {
  id: string
  email: string | null
  name: string | null
  role: Role
  state: 'open' | 'joined' | 'revoked' | 'expired'
  expires_at: string
}

export interface RoomToken {
  id: string
  token: string
  url: string
  room: string
  role: Role
  expires_at: string
}

export type Quoting = 'named' | 'anonymous' | 'never'
export const QUOTINGS: readonly Quoting[] = ['anonymous', 'named', 'never']

export interface Input {
  id: string
  text: string
  quote: Quoting
  created_at: string
  updated_at: string
  used_in: string[]
}

export interface Critique {
  id: string
  text: string
  visibility: 'open' | 'private'
  author: { id: string; name: string } | null
  mine: boolean
  start: object | null
  end: object | null
  quote: string | null
  resolved: boolean
  created_at: string
}

export type SuggestionStatus = 'drafting' | 'open' | 'accepted' | 'rejected' | 'stale' | 'withdrawn'

export interface Source {
  citation: string
  input: string | null
  quote: string | null
  author: string | null
  document: SourceDocument | null
}

export interface Suggestion {
  id: string
  run: string | null
  kind: string
  status: SuggestionStatus
  base: string
  text: string
  sources: Source[]
  /** How many inputs stand behind it whose authors allow no quotes. */
  unquoted: number
  reason: string | null
  author: string
  /** Where it belongs in the statement, as the server knows it. */
  start: object | null
  end: object | null
  decided_by: { id: string; name: string } | null
  decided_at: string | null
  decided_text: string | null
  edited: boolean
}
