"""Rounds: the candidates people rank, what they were made from, how they were counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import now
from store.models import Candidate, Round


def add(
    session: Session,
    *,
    ident: str,
    session_id: str,
    run_id: str,
    number: int,
    secret: str,
    material: dict[str, Any],
    closes_at: datetime | None,
    candidates: Sequence[Candidate],
) -> Round:
    """Keep a round that opens, with its candidates."""
    made = Round(
        id=ident,
        session_id=session_id,
        run_id=run_id,
        number=number,
        secret=secret,
        material=material,
        closes_at=closes_at,
        created_at=now(),
        ended_at=None,
        result=None,
    )
    session.add(made)
    session.flush()
    session.add_all(candidates)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Round:
    """
    Return a round of a session.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Round, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("round")
    return found


def of_session(session: Session, session_id: str) -> Sequence[Round]:
    """Return a session's rounds, the first one first."""
    query = select(Round).where(Round.session_id == session_id).order_by(Round.number)
    return session.scalars(query).all()


def candidates(session: Session, ident: str) -> Sequence[Candidate]:
    """Return a round's candidates in the order they were made."""
    query = select(Candidate).where(Candidate.round_id == ident).order_by(Candidate.ordinal)
    return session.scalars(query).all()


def set_result(session: Session, ident: str, result: dict[str, Any]) -> None:
    """Keep how a round was counted."""
    session.get_one(Round, ident).result = result
    session.flush()


def end(session: Session, ident: str) -> None:
    """A round is over, however it ended."""
    session.get_one(Round, ident).ended_at = now()
    session.flush()


def due(session: Session, at: datetime) -> Sequence[Round]:
    """Return the open rounds whose time is over, of all sessions."""
    query = select(Round).where(Round.ended_at.is_(None), Round.closes_at <= at)
    return session.scalars(query).all()
