"""The bot's proposals and what people decided about them. These rows count; the document shows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from store.errors import Conflict, NotFound
from store.ids import now
from store.models import Decision, Suggestion

#: What the bot may still change; what people decided stays decided.
UNDECIDED = ("drafting", "open")


def add(session: Session, /, **fields: Any) -> Suggestion:
    """Keep a suggestion; a second one with the same id or turn in its run is a Conflict of the caller."""
    made = Suggestion(created_at=now(), **fields)
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Suggestion:
    """
    Return a suggestion of a session.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Suggestion, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("suggestion")
    return found


def of_session(session: Session, session_id: str) -> Sequence[tuple[Suggestion, Decision | None]]:
    """Return all suggestions of a session with their decisions, in the order they were made."""
    query = (
        select(Suggestion, Decision)
        .outerjoin(Decision, Decision.suggestion_id == Suggestion.id)
        .where(Suggestion.session_id == session_id)
        .order_by(Suggestion.created_at, Suggestion.ordinal)
    )
    return [(suggestion, decision) for suggestion, decision in session.execute(query)]


def of_run(session: Session, run_id: str) -> Sequence[Suggestion]:
    """Return a run's suggestions, in its order."""
    query = select(Suggestion).where(Suggestion.run_id == run_id).order_by(Suggestion.ordinal)
    return session.scalars(query).all()


def decision(session: Session, ident: str) -> Decision | None:
    """Return what was decided about a suggestion."""
    return session.get(Decision, ident)


def decide(
    session: Session,
    ident: str,
    *,
    participant_id: str,
    verdict: str,
    text: str | None = None,
    reason: str | None = None,
    start: dict[str, Any] | None = None,
    end: dict[str, Any] | None = None,
) -> None:
    """
    Decide about a suggestion, once.

    Args:
        verdict: ``accepted`` or ``rejected``.
        text: The wording that went in, if it was edited.
        start, end: Where its text stands in the statement now.

    Raises:
        Conflict: If somebody decided before (`already-decided`).
    """
    suggestion = session.get_one(Suggestion, ident)
    if session.get(Decision, ident) is not None or suggestion.status != "open":
        raise Conflict("already-decided", "somebody has decided about this suggestion already")
    session.add(
        Decision(
            suggestion_id=ident,
            participant_id=participant_id,
            verdict=verdict,
            text=text,
            reason=reason,
            decided_at=now(),
        )
    )
    suggestion.status = verdict
    if start is not None and end is not None:
        suggestion.start, suggestion.end = start, end
    session.flush()


def set_status(session: Session, idents: Sequence[str], status: str) -> None:
    """Set the status of suggestions (`open`, `stale`, `withdrawn`); decided ones stay as they are."""
    session.execute(
        update(Suggestion)
        .where(Suggestion.id.in_(idents), Suggestion.status.in_(UNDECIDED))
        .values(status=status)
    )


def remove(session: Session, idents: Sequence[str]) -> None:
    """Delete suggestions that are still being drafted: nobody could decide about them yet."""
    session.execute(
        delete(Suggestion).where(Suggestion.id.in_(idents), Suggestion.status == "drafting")
    )


def uses_of_inputs(session: Session, session_id: str) -> dict[str, list[str]]:
    """Return the suggestions that cite each input, withdrawn ones left out."""
    query = (
        select(Suggestion.id, Suggestion.sources)
        .where(Suggestion.session_id == session_id, Suggestion.status != "withdrawn")
        .order_by(Suggestion.created_at, Suggestion.ordinal)
    )
    uses: dict[str, list[str]] = {}
    for ident, sources in session.execute(query):
        for source in sources:
            cited = uses.setdefault(source["input"], [])
            if ident not in cited:
                cited.append(ident)
    return uses
