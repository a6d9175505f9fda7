"""
How far each person has seen what happens in a session, for “since your last visit” on all of their devices.

A visit is a chain of signs of life of any of a person's pages, none of them later than `PAUSE` after the one before.
So a reload, a second device or a lost line does not begin another one, and what was new stays new until it ends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from store import audit
from store.models import Visit

#: A visit ends so long after its last sign of life. Pages that are looked at give one every two minutes.
PAUSE = timedelta(minutes=10)


def get(session: Session, participant_id: str) -> Visit | None:
    """Return somebody's visit, the last or the present one; None if they never came."""
    return session.get(Visit, participant_id)


def touch(session: Session, participant_id: str, *, of: str, at: datetime) -> Visit:
    """
    Note a sign of life. After a pause it begins a visit, whose news is what came after the one before.

    Args:
        of: Their session.
    """
    latest = audit.latest(session, of)
    found = get(session, participant_id)
    if found is None:
        found = Visit(participant_id=participant_id, seen_at=at, read_at=None, read_to=latest)
        session.add(found)
    elif at - found.seen_at > PAUSE:
        found.read_at, found.read_to = found.seen_at, found.seen_to
    found.seen_at, found.seen_to = max(at, found.seen_at), latest
    session.flush()
    return found


def put_away(session: Session, participant_id: str, *, upto: int, at: datetime) -> None:
    """
    Take news as read on all devices.

    Args:
        upto: The last audit entry the reader was told of: what came since stays news.
    """
    found = get(session, participant_id)
    if found is not None and found.read_to < upto <= found.seen_to:
        found.read_at, found.read_to = at, upto
        session.flush()
