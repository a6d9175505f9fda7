"""The live documents: their numbers and addresses."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from store.errors import Conflict, NotFound
from store.ids import new_id, now
from store.models import DeliberationSession, Room
from store.sessions import FROZEN

_ADDRESS = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9]{1,9})")


def add(session: Session, session_id: str) -> Room:
    """Make the room of a session."""
    made = Room(session_id=session_id, name=new_id(), epoch=1, created_at=now())
    session.add(made)
    session.flush()
    return made


def address(room: Room) -> str:
    """Return what clients connect to: ``name.epoch``."""
    return f"{room.name}.{room.epoch}"


def of_session(session: Session, session_id: str) -> Room:
    """
    Return a session's room.

    Raises:
        NotFound: If there is none.
    """
    found = session.scalar(select(Room).where(Room.session_id == session_id))
    if found is None:
        raise NotFound("room")
    return found


def is_frozen(session: Session, number: int) -> bool:
    """Whether the statement of this room must not change now."""
    query = (
        select(DeliberationSession.phase)
        .join(Room, Room.session_id == DeliberationSession.id)
        .where(Room.id == number)
    )
    return session.scalar(query) in FROZEN


def by_address(session: Session, text: str) -> Room:
    """
    Return the room of an address.

    Raises:
        NotFound: If there is none of that name.
        Conflict: If it has another epoch now (`stale-epoch`).
    """
    match = _ADDRESS.fullmatch(text)
    found = match and session.scalar(select(Room).where(Room.name == match.group(1)))
    if not match or found is None:
        raise NotFound("room")
    if found.epoch != int(match.group(2)):
        raise Conflict("stale-epoch", "this document was restored and has a new address")
    return found
