"""Conversations of participants with the bot. Never read but for whom they are of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from store.errors import Conflict, NotFound
from store.ids import new_id, now
from store.models import Interview

#: How a deleted one stands. Its row stays without any text, for the counting.
DELETED = "deleted"


def add(
    session: Session, *, session_id: str, participant_id: str, mode: str, status: str
) -> Interview:
    """
    Begin a conversation.

    Raises:
        Conflict: If this participant has one under way (`interview-under-way`).
    """
    if under_way(session, session_id, participant_id) is not None:
        raise Conflict("interview-under-way", "you have begun one already; go on with it")
    made = Interview(
        id=new_id(),
        session_id=session_id,
        participant_id=participant_id,
        status=status,
        mode=mode,
        turns=[],
        points=[],
        left_out=0,
        enough=False,
        note="",
        keys=[],
        made=[],
        version=0,
        created_at=now(),
        updated_at=now(),
        ended_at=None,
    )
    session.add(made)
    session.flush()
    return made


def get(session: Session, ident: str) -> Interview:
    """
    Return a conversation.

    Raises:
        NotFound: If there is none.
    """
    found = session.get(Interview, ident)
    if found is None or found.status == DELETED:
        raise NotFound("interview")
    return found


def under_way(session: Session, session_id: str, participant_id: str) -> Interview | None:
    """Return the conversation of a participant that has not ended."""
    query = select(Interview).where(
        Interview.session_id == session_id,
        Interview.participant_id == participant_id,
        Interview.ended_at.is_(None),
    )
    return session.scalar(query)


def latest(session: Session, session_id: str, participant_id: str) -> Interview | None:
    """Return a participant's last conversation that was not deleted."""
    query = (
        select(Interview)
        .where(
            Interview.session_id == session_id,
            Interview.participant_id == participant_id,
            Interview.status != DELETED,
        )
        .order_by(Interview.created_at.desc(), Interview.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def count(session: Session, session_id: str, participant_id: str) -> int:
    """Return how many a participant has begun, deleted ones too."""
    query = select(func.count()).where(
        Interview.session_id == session_id, Interview.participant_id == participant_id
    )
    return session.scalar(query) or 0


def change(session: Session, ident: str, /, *, seen: int, **fields: Any) -> Interview:
    """
    Write the next version of a conversation.

    Args:
        seen: The version the change was made from.

    Raises:
        NotFound: If it was deleted meanwhile.
        Conflict: If it has got further meanwhile (`interview-moved`).
    """
    row = get(session, ident)
    if row.version != seen:
        raise Conflict(
            "interview-moved", "the conversation has got further, perhaps on another device"
        )
    for name, value in fields.items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = now()
    session.flush()
    return row


def note_keys(session: Session, ident: str, keys: Sequence[str]) -> None:
    """Keep what is about to be asked of a model; nobody else has to see the conversation anew for it."""
    get(session, ident).keys = list(keys)


def erase(session: Session, ident: str) -> None:
    """Delete what was said in a conversation."""
    row = get(session, ident)
    row.status = DELETED
    row.turns, row.points, row.keys, row.made, row.note = [], [], [], [], ""
    row.version += 1
    row.updated_at = now()
    row.ended_at = row.ended_at or now()
    session.flush()
