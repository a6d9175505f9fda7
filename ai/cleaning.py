"""
Taking an erased input out of the rows, noun by noun, in the transaction that also takes it out of the document.

Whoever makes a table that may hold words of inputs adds a function to `CLEANERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ai.candidates import rendered
from ai.material import Material
from ai.rounds import drafts_of
from ai.sources import shown as shown_source
from ai.traces import Json, Traces
from collab import comments as shown_comments
from collab import suggestions as shown
from collab.document import Document
from collab.suggestions import Status
from store import documents, inputs, interviews, rounds, runs, suggestions
from store.documents import BOT
from store.errors import NotFound
from store.models import (
    Ballot,
    Critique,
    Decision,
    DeliberationSession,
    Erasure,
    Interview,
    ModelAnswer,
    QuarantinedUpdate,
    Run,
    Suggestion,
)

#: Stands for a question that repeated it.
_GONE = "(A question about something you have erased.)"

#: Takes it out of one kind of rows; returns how many were changed.
Cleaner = Callable[[Session, Traces], int]


@dataclass(slots=True)
class Pictures:
    """
    What has to change in the shared document.

    Attributes:
        removed: Suggestions whose entries go.
        sources: What the others may show of their sources, by suggestion.
        bases: Suggestions that no longer say what they replaced.
        unquoted: Critiques that no longer say which words they are about.
    """

    removed: list[str] = field(default_factory=list)
    sources: dict[str, list[Json]] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)
    unquoted: list[str] = field(default_factory=list)

    def take_from(self, document: Document) -> None:
        """Change the document."""
        for ident in self.removed:
            shown.remove(document, ident)
        for ident, sources in self.sources.items():
            shown.set_fields(document, ident, {"sources": sources, "reason": ""})
        for ident in self.bases:
            shown.set_fields(document, ident, {"base": ""})
        for ident in self.unquoted:
            shown_comments.unquote(document, ident)


def look(session: Session, erasure: Erasure, room: int, statement: str) -> Traces:
    """Gather what copies are told by."""
    drawn, idents = [], set()
    for row, decision in suggestions.of_session(session, erasure.session_id):
        idents |= {one["input"] for one in row.sources if one.get("document") is not None}
        if any(one["input"] == erasure.id for one in row.sources):
            drawn += [row.text, decision.text or "" if decision is not None else ""]
    others = [row.text for row in inputs.of_session(session, erasure.session_id)]
    others.append(session.get_one(DeliberationSession, erasure.session_id).question)
    files = documents.of_session(session, erasure.session_id, BOT)
    others += [_text_of(session, file.id) for file in files if file.id in idents]
    return Traces.of(erasure, room, statement, drawn=drawn, others=others)


def pictures(session: Session, traces: Traces) -> Pictures:
    """Return what has to change in the document; `clean` does the same to the rows."""
    found = Pictures()
    for row, decision in suggestions.of_session(session, traces.session_id):
        if _comes_from_it(row, decision, traces):
            if _stays(row, decision, traces) and traces.stands(row.text):
                found.sources[row.id] = [shown_source(one) for one in traces.sources(row.sources)]
            else:
                found.removed.append(row.id)
        if traces.repeated_in(row.base):
            found.bases.append(row.id)
    for critique in _critiques(session, traces):
        found.unquoted.append(critique.id)
    return found


def clean(session: Session, traces: Traces) -> dict[str, int]:
    """Take it out of all rows; return how many of each kind were changed."""
    found = {name: cleaner(session, traces) for name, cleaner in CLEANERS.items()}
    session.flush()
    return found


def standing(session: Session, traces: Traces) -> int:
    """Return how many accepted suggestions that come from it stand in the statement."""
    return sum(
        _comes_from_it(row, decision, traces) and _stays(row, decision, traces)
        for row, decision in suggestions.of_session(session, traces.session_id)
    )


def clean_suggestions(session: Session, traces: Traces) -> int:
    """
    Suggestions lose its quotes; their text goes with it, unless it was accepted and stands in the statement.

    Those nobody has decided about are withdrawn.
    """
    count = 0
    for row, decision in suggestions.of_session(session, traces.session_id):
        if traces.repeated_in(row.base):
            row.base = ""
        if decision is not None and traces.repeated_in(decision.reason):
            decision.reason = None
        if not _comes_from_it(row, decision, traces):
            continue
        count += 1
        if row.status == Status.DRAFTING.value:
            session.delete(row)
            continue
        stays = _stays(row, decision, traces)
        row.sources, row.reason = traces.sources(row.sources), ""
        if decision is not None and decision.text and not traces.stands(decision.text):
            decision.text = ""
        if not traces.stands(row.text) or not stays:
            row.text = ""
        if row.status in (Status.OPEN.value, Status.STALE.value):
            row.status = Status.WITHDRAWN.value
    return count


def clean_rounds(session: Session, traces: Traces) -> int:
    """Candidates lose the changes that come from it, and rounds what they were made of."""
    count = 0
    for row in rounds.of_session(session, traces.session_id):
        kept = traces.material(row.material)
        if kept != row.material:
            row.material = kept
            count += 1
        material = Material.from_json(kept)
        for candidate in rounds.candidates(session, row.id):
            drafts = traces.drafts(candidate.drafts)
            if len(drafts) < len(candidate.drafts) or traces.repeated_in(candidate.text):
                candidate.drafts = drafts
                candidate.text = rendered(material, drafts_of(candidate, material))
                count += 1
    return count


def clean_answers(session: Session, traces: Traces) -> int:
    """
    Answers of models go, all of the session since the input was given: their questions are not kept, so nobody can
    say which of them held it. What they cost stays.
    """
    query = (
        update(ModelAnswer)
        .where(
            ModelAnswer.session_id == traces.session_id,
            ModelAnswer.created_at >= traces.since,
            ModelAnswer.key != "",
        )
        .values(key="", text=None, failure="Erased")
    )
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def clean_predictions(session: Session, traces: Traces) -> int:
    """Reasons a model gave for predicted rankings go; the rankings stay."""
    query = (
        update(Ballot)
        .where(
            Ballot.session_id == traces.session_id,
            Ballot.predicted,
            Ballot.cast_at >= traces.since,
            Ballot.reason != "",
        )
        .values(reason="")
    )
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def clean_critiques(session: Session, traces: Traces) -> int:
    """Critiques no longer quote the words of the statement they were about; what they say is their author's."""
    found = _critiques(session, traces)
    for row in found:
        row.quote = ""
    return len(found)


def clean_runs(session: Session, traces: Traces) -> int:
    """What runs said at their end is ours, but for errors of models."""
    count = 0
    query = select(Run).where(Run.session_id == traces.session_id)
    for row in session.scalars(query):
        if traces.repeated_in(row.message):
            row.message = ""
            count += 1
    return count


def clean_interviews(session: Session, traces: Traces) -> int:
    """
    The conversation it came from goes, and those that repeat it.

    One that is under way goes on: what is said in it is no input yet, so only our questions lose its words.
    """
    count = 0
    query = select(Interview).where(
        Interview.session_id == traces.session_id, Interview.status != interviews.DELETED
    )
    for row in session.scalars(query):
        said = [one[name] for one in row.turns for name in ("question", "answer")]
        said += [one[name] for one in row.points for name in ("text", "quote", "wording")]
        if traces.id in row.made or (row.ended_at and traces.repeated_in(*said)):
            interviews.erase(session, row.id)
            count += 1
        elif row.ended_at is None and traces.repeated_in(*said):
            row.turns = [_unasked(one, traces) for one in row.turns]
            row.version += 1
            count += 1
    return count


def clean_quarantine(session: Session, traces: Traces) -> int:
    """Updates that were set aside lose their bytes; who may not write any more stays so."""
    query = (
        update(QuarantinedUpdate)
        .where(QuarantinedUpdate.room_id == traces.room, QuarantinedUpdate.at >= traces.since)
        .values(data=b"")
    )
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


CLEANERS: dict[str, Cleaner] = {
    "suggestions": clean_suggestions,
    "candidates": clean_rounds,
    "answers": clean_answers,
    "predictions": clean_predictions,
    "critiques": clean_critiques,
    "runs": clean_runs,
    "interviews": clean_interviews,
    "quarantined": clean_quarantine,
}


def set_back(session: Session, session_id: str) -> list[str]:
    """
    Let what the bot has under way in a session begin again, once its jobs are stopped; return all its runs.

    A run that had handed over is done: its suggestions are there.
    """
    run = runs.under_way(session, session_id)
    if run is not None:
        made = [one for one in suggestions.of_run(session, run.id) if one.status != "drafting"]
        if made:
            plural = "suggestion" if len(made) == 1 else "suggestions"
            words = f"{len(made)} {plural} to decide about."
            runs.advance(session, run.id, status="done", step="done", message=words)
        else:
            runs.advance(session, run.id, status="queued", step="queued", sentence=0)
    return list(session.scalars(select(Run.id).where(Run.session_id == session_id)))


def _comes_from_it(row: Suggestion, decision: Decision | None, traces: Traces) -> bool:
    edited = decision.text if decision is not None else None
    return traces.cited_in(row.sources) or traces.repeated_in(row.text, row.reason, edited)


def _stays(row: Suggestion, decision: Decision | None, traces: Traces) -> bool:
    if row.status != Status.ACCEPTED.value or decision is None:
        return False
    return traces.stands(decision.text or row.text)


def _critiques(session: Session, traces: Traces) -> list[Critique]:
    query = select(Critique).where(Critique.session_id == traces.session_id)
    return [row for row in session.scalars(query) if traces.repeated_in(row.quote)]


def _unasked(turn: Json, traces: Traces) -> Json:
    return turn | {"question": _GONE} if traces.repeated_in(turn["question"]) else turn


def _text_of(session: Session, ident: str) -> str:
    try:
        return documents.text_of(session, ident).text
    except NotFound:
        return ""
