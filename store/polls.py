"""Polls: the texts people were asked about, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import now
from store.models import Poll


def add(
    session: Session,
    *,
    ident: str,
    session_id: str,
    number: int,
    text_hash: str,
    blocks: list[dict[str, Any]],
    closes_at: datetime | None,
) -> Poll:
    """Keep the text of a poll that opens."""
    made = Poll(
        id=ident,
        session_id=session_id,
        number=number,
        text_hash=text_hash,
        blocks=blocks,
        closes_at=closes_at,
        opened_at=now(),
        ended_at=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str, *, session_id: str) -> Poll:
    """
    Return a poll of a session.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Poll, ident)
    if found is None or found.session_id != session_id:
        raise NotFound("poll")
    return found


def of_session(session: Session, session_id: str) -> Sequence[Poll]:
    """Return a session's polls, the first one first."""
    query = select(Poll).where(Poll.session_id == session_id).order_by(Poll.number)
    return session.scalars(query).all()


def end(session: Session, ident: str) -> None:
    """A poll is over, however it ended."""
    session.get_one(Poll, ident).ended_at = now()
    session.flush()


def due(session: Session, at: datetime) -> Sequence[str]:
    """Return the sessions that have an open poll whose time is over."""
    query = select(Poll.session_id).where(Poll.ended_at.is_(None), Poll.closes_at <= at)
    return session.scalars(query).all()
