"""Ballots of polls and rounds. None is ever changed or deleted: who votes again makes another, and the last counts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.ids import now
from store.models import Ballot


def add(
    session: Session,
    *,
    ident: str,
    session_id: str,
    participant_id: str,
    subject: str,
    choice: str | None = None,
    ranking: list[list[str]] | None = None,
    predicted: bool = False,
    reason: str = "",
) -> Ballot:
    """
    Keep a ballot.

    Args:
        subject: The poll or round.
        choice: Of a poll: ``approve``, ``object`` or ``abstain``.
        ranking: Of a round: candidates, the best first, tied ones together.
        predicted: A model made it; nobody cast it.
    """
    made = Ballot(
        id=ident,
        session_id=session_id,
        participant_id=participant_id,
        subject=subject,
        choice=choice,
        ranking=ranking,
        predicted=predicted,
        reason=reason,
        cast_at=now(),
    )
    session.add(made)
    session.flush()
    return made


def of_session(session: Session, session_id: str) -> dict[str, Ballot]:
    """Return every ballot people cast in a session, by id, in the order of casting."""
    query = (
        select(Ballot)
        .where(Ballot.session_id == session_id, Ballot.predicted.is_(False))
        .order_by(Ballot.cast_at, Ballot.id)
    )
    return {row.id: row for row in session.scalars(query)}


def predicted(session: Session, subject: str) -> Sequence[Ballot]:
    """Return the ballots a model made for a round."""
    query = select(Ballot).where(Ballot.subject == subject, Ballot.predicted.is_(True))
    return session.scalars(query.order_by(Ballot.id)).all()
