/** What each place of the panel shows. A place that is not in here does not exist, so nothing leads to it. */
import type { ComponentType } from 'preact'
import { Comments } from './comments.tsx'
import { DocumentsPanel } from './documents/panel.tsx'
import { Dissents } from './dissents/dissents.tsx'
import { History } from './history/history.tsx'
import { Inputs } from './inputs.tsx'
import { Report } from './report/report.tsx'
import { Overview } from './overview/overview.tsx'
import type { Tab } from './room.ts'
import { SessionTab } from './session-tab.tsx'
import { Sources } from './sources/sources.tsx'
import { Suggestions } from './suggestions.tsx'
import { VotingPlace } from './voting/place.tsx'

export const panels: Partial<Record<Tab, ComponentType>> = {
  overview: Overview,
  suggestions: Suggestions,
  voting: VotingPlace,
  inputs: Inputs,
  comments: Comments,
  documents: DocumentsPanel,
  sources: Sources,
  dissents: Dissents,
  history: History,
  report: Report,
  session: SessionTab,
}
