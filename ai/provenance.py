"""Measures and receipts from the rows and the live statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ai.measures import AcceptedText, Citation, GivenText, Measures, Traced, measure, trace
from ai.receipt import Point, Proposed, receipt
from collab.statement import Block
from ingest.sentences import split
from store import disputes, documents, inputs, participants, runs, suggestions
from store.errors import NotFound
from store.models import Input, Suggestion


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a statement comes from. `given`: the inputs that stand, by id."""

    traced: list[Traced]
    measures: Measures
    given: dict[str, GivenText]
    proposals: list[Proposed]


def load(session: Session, session_id: str, blocks: Sequence[Block]) -> Provenance:
    """Trace a statement of a session, headings left out: they assert nothing."""
    delegations = {one.id: one.delegation for one in participants.of_session(session, session_id)}
    rows = {row.id: row for row in inputs.of_session(session, session_id)}
    given = {
        row.id: GivenText(row.id, row.participant_id, delegations.get(row.participant_id), row.text)
        for row in rows.values()
    }
    disputed = disputes.of_session(session, session_id)
    accepted, proposals = [], []
    files = _cited_documents(session, session_id)
    for row, decision in suggestions.of_session(session, session_id):
        citations = _citations(row, rows, files, disputed)
        reason = decision.reason if decision is not None else None
        proposals.append(Proposed(row.id, row.text, row.status, reason, citations))
        if decision is not None and decision.verdict == "accepted":
            text = decision.text or row.text
            at = decision.decided_at
            accepted.append((at, AcceptedText(row.id, text, decision.text is not None, citations)))
    accepted.sort(key=lambda pair: pair[0])
    traced = trace(sentences_of(blocks), [one for _, one in accepted], given | files)
    return Provenance(traced, measure(traced, given), given, proposals)


def sentences_of(blocks: Sequence[Block]) -> list[str]:
    """Return the sentences of a statement that say something."""
    return [
        sentence.text
        for block in blocks
        if block.kind != "heading"
        for sentence in split(block.text)
    ]


def heard(session: Session, session_id: str, person: str, blocks: Sequence[Block]) -> list[Point]:
    """Return what became of each point of somebody's inputs."""
    found = load(session, session_id, blocks)
    mine = [one for one in found.given.values() if one.person == person]
    return receipt(mine, found.traced, found.proposals, unused=_why_unused(session, session_id))


def _cited_documents(session: Session, session_id: str) -> dict[str, GivenText]:
    """Return the documents that suggestions cite and that are still there."""
    idents = {
        source["input"]
        for row, _ in suggestions.of_session(session, session_id)
        for source in row.sources
        if source.get("document") is not None
    }
    found = {}
    for ident in idents:
        try:
            text = documents.text_of(session, ident).text
        except NotFound:
            continue
        found[ident] = GivenText(ident, "", None, text)
    return found


def _citations(
    row: Suggestion, given: dict[str, Input], files: dict[str, GivenText], disputed: set[str]
) -> tuple[Citation, ...]:
    made = []
    for source in row.sources:
        text = given.get(source["input"])
        passage = source["quote"]
        if passage is None and text is not None and text.updated_at <= row.created_at:
            passage = text.text[source["start"] : source["end"]]
        if passage is None and source["input"] in files:
            passage = files[source["input"]].text[source["start"] : source["end"]]
        made.append(
            Citation(
                source["citation"],
                source["input"],
                source["start"],
                source["end"],
                passage,
                source["citation"] in disputed,
                source.get("document") is not None,
            )
        )
    return tuple(made)


def _why_unused(session: Session, session_id: str) -> str:
    run = runs.latest(session, session_id)
    if run is None:
        return "The bot has not read the inputs yet."
    if run.ended_at is None:
        return "The bot is at work."
    return f"The last run proposed nothing from it. {run.message}".strip()
