/** One room as this page knows it: what the server said, what the shared document shows, what is picked. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { type Api, apiAs } from '../api.ts'
import { charactersOf } from '../statement/delta.ts'
import type { StatementEditor } from '../statement/editor.ts'
import {
  type CommentEntry,
  type Entry,
  isDecided,
  type Place,
  placeOf,
  readAll,
  readComment,
  readEntry,
  type Shown,
  showAll,
} from '../statement/suggestions.ts'
import type { Range } from '../statement/sentences.ts'
import { type Spot, spotOn } from '../statement/spot.ts'
import { Connection } from '../sync/connection.ts'
import { listen, type SessionEvents } from '../sync/events.ts'
import { everybody, type Person, tintOf } from '../sync/presence.ts'
import { strings } from '../strings/room.ts'
import type { Config, Critique, Input, Session, Suggestion } from '../types.ts'
import { InterviewStore } from './interview/store.ts'
import { Loads } from './loads.ts'
import { narrow } from './narrow.ts'
import { News } from './news.ts'
import { Visits } from './overview/visits.ts'
import { Voting } from './voting/store.ts'

export type Tab =
  | 'overview'
  | 'statement'
  | 'suggestions'
  | 'voting'
  | 'inputs'
  | 'comments'
  | 'documents'
  | 'sources'
  | 'dissents'
  | 'history'
  | 'report'
  | 'session'
  | 'more'

type Listener<name extends keyof SessionEvents> = (data: SessionEvents[name]) => void

export interface Notice {
  id: number
  level: SessionEvents['notice']['level']
  text: string
}

export class Room {
  readonly api: Api
  readonly loads = new Loads()
  readonly connection: Connection
  readonly session: Signal<Session>
  readonly config = signal<Config | null>(null)
  readonly rows = signal<Suggestion[]>([])
  readonly inputs = signal<Input[]>([])
  readonly critiques = signal<Critique[]>([])
  readonly people = signal<Person[]>([])
  readonly notices = signal<Notice[]>([])
  readonly tab: Signal<Tab>
  /** The suggestion or comment in focus, in the panel and in the text alike. */
  readonly picked = signal<string | null>(null)
  readonly editor = signal<StatementEditor | null>(null)
  readonly news = new News()
  readonly voting: Voting
  readonly visits: Visits
  readonly interview = new InterviewStore(this)
  /** The words selected in the statement, to comment on. */
  readonly passage = signal<{ start: object; end: object; quote: string } | null>(null)
  /** A passage that something beside the text is about. */
  readonly spot = signal<Spot | null>(null)
  /** Where my caret is in the text. */
  readonly caret = signal(0)
  readonly shown: ReadonlySignal<Shown[]>
  /** Comments in the document that the server does not know. */
  readonly strangers: ReadonlySignal<[id: string, CommentEntry][]>
  readonly places: ReadonlySignal<Map<string, Place | null>>
  #entries = signal<Map<string, Entry>>(new Map())
  #comments = signal<Map<string, CommentEntry>>(new Map())
  #rowsAsked = new Asked()
  #critiquesAsked = new Asked()
  #textVersion = signal(0)
  #frame = 0
  #listeners = new Map<string, Set<(data: never) => void>>()

  constructor(session: Session) {
    const { participant, name, role } = session.me
    this.api = apiAs(participant)
    this.session = signal(session)
    this.tab = signal(firstTab(session))
    this.voting = new Voting(this)
    this.visits = new Visits(this)
    this.connection = new Connection(session.room, { participant, name, role, mayWrite: role !== 'observer' })
    this.shown = computed(() => {
      const known = new Set(this.rows.value.map(({ id }) => id))
      return showAll(this.rows.value, this.#rowsAsked.judged(this.#entries.value, known))
    })
    this.strangers = computed(() => {
      const known = new Set(this.critiques.value.map(({ id }) => id))
      return [...this.#critiquesAsked.judged(this.#comments.value, known)].filter(([id]) => !known.has(id)).slice(0, 50)
    })
    this.places = computed(() => {
      this.#textVersion.value
      const { text } = this.connection
      const characters = charactersOf(text)
      return new Map(this.shown.value.map((one) => [one.id, placeOf(text, characters, one)]))
    })
  }

  get base(): string {
    return `/sessions/${encodeURIComponent(this.session.peek().id)}`
  }

  /** Whether the statement is open: not while people decide about it, not once they have agreed. */
  get isFrozen(): boolean {
    const { phase } = this.session.value
    return phase === 'deciding' || phase === 'agreed'
  }

  get isObserver(): boolean {
    return this.session.value.me.role === 'observer'
  }

  get isFacilitator(): boolean {
    return this.session.value.me.role === 'facilitator'
  }

  /** Suggestions to decide on, in the order of their places; those whose place is gone at the end. */
  get open(): Shown[] {
    const places = this.places.value
    const at = ({ id }: Shown) => places.get(id)?.from ?? Number.POSITIVE_INFINITY
    return this.shown.value.filter((one) => !isDecided(one)).sort((a, b) => at(a) - at(b) || 0)
  }

  /** Come into the room. Returns how to leave it. */
  enter(): () => void {
    const { connection } = this
    const { doc, text, provider } = connection
    const map = doc.getMap('suggestions')
    const comments = doc.getMap('comments')
    const onMap = () => this.#eachFrame()
    const onComments = () => {
      this.#comments.value = readAll(comments, readComment)
      this.#critiquesAsked.see(this.#comments.value.keys())
      this.loads.later('critiques', () => this.loadCritiques())
    }
    const onPeople = () => this.#seePeople()
    map.observeDeep(onMap)
    comments.observeDeep(onComments)
    text.observe(onMap)
    provider.awareness.on('change', onPeople)
    onPeople()
    const stops = [
      () => map.unobserveDeep(onMap),
      () => comments.unobserveDeep(onComments),
      () => text.unobserve(onMap),
      () => provider.awareness.off('change', onPeople),
      effect(() => {
        this.shown.value
        this.picked.value
        this.critiques.value
        this.spot.value
        this.editor.value?.redraw()
      }),
    ]
    // Who is out gets no events either; asking on and on would only be refused.
    let deaf: (() => void) | null = this.#listen()
    const stopListening = () => {
      deaf?.()
      deaf = null
    }
    stops.push(
      stopListening,
      effect(() => {
        if (connection.ending.value && connection.ending.value.code !== 'denied') stopListening()
      }),
    )
    connection.open().catch((error) => console.error(error))
    stops.push(
      this.loads.keep('session', () => this.loadSession()),
      this.loads.keep('config', () => this.#loadConfig()),
      this.loads.keep('suggestions', () => this.loadSuggestions()),
      this.loads.keep('critiques', () => this.loadCritiques()),
      this.loads.keep('inputs', () => this.loadInputs()),
      this.loads.keep('interview', () => this.interview.load()),
      this.voting.enter(),
      this.visits.enter(),
    )
    return () => {
      for (const stop of stops) stop()
      this.loads.stop()
      connection.provider.destroy()
    }
  }

  /** Hear of something that happened in the session. Returns how to stop. */
  on<name extends keyof SessionEvents>(name: name, listener: Listener<name>): () => void {
    const heard = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, heard.add(listener))
    return () => heard.delete(listener)
  }

  async loadSession(): Promise<void> {
    this.session.value = await this.api<Session>('GET', this.base)
  }

  async #loadConfig(): Promise<void> {
    this.config.value = await this.api<Config>('GET', '/config')
  }

  async loadSuggestions(): Promise<void> {
    const before = new Set(this.rows.peek().filter(({ status }) => status === 'open').map(({ id }) => id))
    const answered = this.#rowsAsked.ask()
    const { suggestions } = await this.api<{ suggestions: Suggestion[] }>('GET', `${this.base}/suggestions`)
    batch(() => {
      this.rows.value = suggestions
      answered()
    })
    for (const { id, status } of suggestions)
      if (status === 'open' && !before.has(id)) this.news.tell('suggestions', strings.news.suggestions, id)
  }

  async loadCritiques(): Promise<void> {
    const answered = this.#critiquesAsked.ask()
    const { critiques } = await this.api<{ critiques: Critique[] }>('GET', `${this.base}/critiques`)
    batch(() => {
      this.critiques.value = critiques
      answered()
    })
  }

  async loadInputs(): Promise<void> {
    if (this.isObserver) return
    const { inputs } = await this.api<{ inputs: Input[] }>('GET', `${this.base}/inputs`)
    this.inputs.value = inputs
  }

  /** Put one row in the place of its older self. */
  keepRow(row: Suggestion) {
    this.rows.value = this.rows.value.map((one) => (one.id === row.id ? row : one))
  }

  tintOf(id: string): string {
    return tintOf(id, this.session.value.participants)
  }

  /** Go on to a part of the panel, with the focus on what is in it. */
  goTo(tab: Tab) {
    this.tab.value = tab
    requestAnimationFrame(() => document.getElementById(`panel-${tab}`)?.focus())
  }

  /** Show another part of the panel, and go there with the focus. */
  openTab(tab: Tab) {
    this.tab.value = tab
    requestAnimationFrame(() => document.getElementById(`tab-${tab}`)?.focus())
  }

  /** Pick a suggestion or comment and show where it belongs. */
  pick(id: string, tab: Tab) {
    batch(() => {
      this.picked.value = id
      this.tab.value = tab
    })
  }

  /** Bring a place of the statement into view, also on a phone where it is behind a tab. */
  reveal(id: string, anchor: unknown) {
    if (narrow.peek() && this.tab.peek() !== 'suggestions') this.tab.value = 'statement'
    requestAnimationFrame(() => this.editor.peek()?.reveal(id, anchor))
  }

  /** Bring a passage of the statement into view and mark it. */
  point(range: Range) {
    const spot = spotOn(this.connection.text, range)
    this.spot.value = spot
    this.reveal('', spot.start)
  }

  /** My caret is somewhere else. Whoever moves about in the text has seen what was marked in it. */
  moveCaret(at: number) {
    if (at === this.caret.peek()) return
    batch(() => {
      this.caret.value = at
      if (this.editor.peek()?.view.hasFocus()) this.spot.value = null
    })
  }

  /** Bring a suggestion into view, its card and its place. */
  show({ id, start }: Shown) {
    this.picked.value = id
    this.reveal(id, start)
  }

  /** Write a comment, on the selected words if there are any. */
  comment() {
    this.tab.value = 'comments'
    const focus = () => document.getElementById('comment-text')?.focus()
    // As soon as it is there: by the next frame, the first words might have replaced what they are about.
    queueMicrotask(focus)
    if (document.activeElement?.id !== 'comment-text') requestAnimationFrame(focus)
  }

  /** Say something that outlives what is shown in the panel. */
  notify(level: Notice['level'], text: string) {
    this.notices.value = [...this.notices.value.slice(-3), { id: Date.now() + Math.random(), level, text }]
  }

  dismiss(id: number) {
    this.notices.value = this.notices.value.filter((notice) => notice.id !== id)
  }

  #listen(): () => void {
    const { participant } = this.session.peek().me
    const tell = <name extends keyof SessionEvents>(name: name) => ((data: SessionEvents[name]) => {
      for (const listener of this.#listeners.get(name) ?? []) (listener as Listener<name>)(data)
    })
    return listen(
      `/api${this.base}/events?as=${encodeURIComponent(participant)}`,
      {
        session: (data) => {
          this.#merge(data)
          tell('session')(data)
        },
        participants: (data) => {
          this.#merge(data)
          tell('participants')(data)
        },
        inputs: (inputs) => {
          this.#merge({ inputs })
          tell('inputs')(inputs)
          // Among how many one hides, and whether the settings are fixed.
          this.loads.later('session', () => this.loadSession())
        },
        interview: () => this.loads.later('interview', () => this.interview.load()),
        deliberation: tell('deliberation'),
        dissent: tell('dissent'),
        document: tell('document'),
        run: (run) => {
          this.#merge({ run })
          tell('run')(run)
          if (run.status === 'done' || run.status === 'failed') this.#rowsChanged()
          const words = run.message ?? strings.runs[run.status]
          this.news.tell('run', () => words)
        },
        suggestion: (suggestion) => {
          this.#rowsChanged()
          tell('suggestion')(suggestion)
        },
        critique: (critique) => {
          this.loads.later('critiques', () => this.loadCritiques())
          tell('critique')(critique)
        },
        notice: ({ level, text }) => this.notify(level, text),
      },
      () => this.loads.all(),
    )
  }

  #merge(part: Partial<Session>) {
    this.session.value = { ...this.session.value, ...part }
  }

  #rowsChanged() {
    this.loads.later('suggestions', () => this.loadSuggestions())
    // An input says in how many suggestions it was used.
    this.loads.later('inputs', () => this.loadInputs())
  }

  #eachFrame() {
    if (this.#frame) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      const entries = readAll(this.connection.doc.getMap('suggestions'), readEntry)
      this.#rowsAsked.see(entries.keys())
      batch(() => {
        this.#entries.value = entries
        this.#textVersion.value += 1
      })
      this.#noticeChanges(entries)
    })
  }

  /** The map is live, the rows are asked for: a difference in status says that the rows have moved on. */
  #noticeChanges(entries: Map<string, Entry>) {
    const rows = new Map(this.rows.peek().map((row) => [row.id, row.status]))
    for (const [id, { status }] of entries)
      if (rows.get(id) !== status && !this.#asked.has(`${id} ${status}`)) {
        this.#asked.add(`${id} ${status}`)
        this.#rowsChanged()
      }
  }

  /** So that an entry whose row never comes is asked for once, not for ever. */
  #asked = new Set<string>()

  #seePeople() {
    const before = new Map(this.people.peek().map((person) => [person.id, person]))
    const now = everybody(this.connection.provider.awareness)
    const me = this.session.peek().me.participant
    this.people.value = now
    for (const { id, name } of now)
      if (!before.delete(id) && id !== me) this.news.tell('came', strings.news.came, name)
    for (const { name } of before.values()) this.news.tell('left', strings.news.left, name)
  }
}

/**
 * What somebody came for. On a phone first of all where things stand; a desk shows the text beside it, so there it is
 * to run the session, to say what matters to them, to work on the text or to decide.
 */
function firstTab({ phase, me: { role } }: Session): Tab {
  if (narrow.peek() || phase === 'agreed') return 'overview'
  if (role === 'facilitator' && (phase === 'gathering' || phase === 'drafting')) return 'session'
  if (role === 'participant' && phase === 'gathering') return 'inputs'
  return phase === 'deciding' ? 'voting' : 'suggestions'
}

/**
 * Tells what the server does not know from what it has not been asked about yet: the document is live, so an entry
 * is here before its row.
 */
class Asked {
  #count = 0
  #answered = signal(0)
  #seen = new Map<string, number>()

  see(ids: Iterable<string>) {
    for (const id of ids) if (!this.#seen.has(id)) this.#seen.set(id, this.#count)
  }

  ask(): () => void {
    const mine = ++this.#count
    return () => {
      this.#answered.value = Math.max(this.#answered.value, mine)
    }
  }

  /** The entries that have a row, and those the server was asked about since they were seen. */
  judged<T>(entries: Map<string, T>, known: Set<string>): Map<string, T> {
    const answered = this.#answered.value
    return new Map([...entries].filter(([id]) => known.has(id) || answered > (this.#seen.get(id) ?? 0)))
  }
}
