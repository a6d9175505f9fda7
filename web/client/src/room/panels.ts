/** What each place of the panel shows. A place that is not in here does not exist, so nothing leads to it. */
import type { ComponentType } from 'preact'
import { Comments } from './comments.tsx'
import { lazily } from './lazily.tsx'
import { Overview } from './overview/overview.tsx'
import type { Tab } from './room.ts'
import { Suggestions } from './suggestions.tsx'

export const panels: Partial<Record<Tab, ComponentType>> = {
  overview: Overview,
  suggestions: Suggestions,
  voting: lazily(async () => (await import('./voting/place.tsx')).VotingPlace),
  inputs: lazily(async () => (await import('./inputs.tsx')).Inputs),
  comments: Comments,
  documents: lazily(async () => (await import('./documents/panel.tsx')).DocumentsPanel),
  sources: lazily(async () => (await import('./sources/sources.tsx')).Sources),
  dissents: lazily(async () => (await import('./dissents/dissents.tsx')).Dissents),
  history: lazily(async () => (await import('./history/history.tsx')).History),
  report: lazily(async () => (await import('./report/report.tsx')).Report),
  session: lazily(async () => (await import('./session-tab.tsx')).SessionTab),
}
