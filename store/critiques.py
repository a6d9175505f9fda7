"""Objections to the statement, open to all or private to the bot."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import new_id, now
from store.models import Critique


class Visibility(StrEnum):
    """Who sees a critique."""

    OPEN = "open"
    PRIVATE = "private"


def add(
    session: Session,
    *,
    ident: str | None = None,
    session_id: str,
    participant_id: str,
    text: str,
    visibility: Visibility,
    start: dict[str, Any] | None,
    end: dict[str, Any] | None,
    quote: str,
) -> Critique:
    """Keep a critique."""
    made = Critique(
        id=ident or new_id(),
        session_id=session_id,
        participant_id=participant_id,
        text=text,
        visibility=visibility.value,
        start=start,
        end=end,
        quote=quote,
        created_at=now(),
        resolved_at=None,
        resolved_by=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Critique:
    """
    Return a critique of a session.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Critique, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("critique")
    return found


def seen_by(session: Session, session_id: str, participant_id: str) -> Sequence[Critique]:
    """Return the open critiques and this participant's own, in the order of making."""
    query = (
        select(Critique)
        .where(
            Critique.session_id == session_id,
            or_(
                Critique.visibility == Visibility.OPEN.value,
                Critique.participant_id == participant_id,
            ),
        )
        .order_by(Critique.created_at, Critique.id)
    )
    return session.scalars(query).all()


def unresolved(
    session: Session, session_id: str, visibility: Visibility | None = None
) -> Sequence[Critique]:
    """Return the critiques that nobody settled: for the bot (all) and for exports (open ones)."""
    query = select(Critique).where(
        Critique.session_id == session_id, Critique.resolved_at.is_(None)
    )
    if visibility is not None:
        query = query.where(Critique.visibility == visibility.value)
    return session.scalars(query.order_by(Critique.created_at, Critique.id)).all()


def resolve(session: Session, critique: Critique, *, by: str) -> None:
    """Mark a critique as settled."""
    row = session.get_one(Critique, critique.id)
    if row.resolved_at is None:
        row.resolved_at = now()
        row.resolved_by = by
