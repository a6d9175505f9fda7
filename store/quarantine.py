"""
Updates that were set aside: they broke a document, or build on one that did.

Nothing is thrown away here: a row moves from the log to the quarantine with all it has, and stays until somebody drops
it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from store.errors import NotFound
from store.ids import now
from store.models import LoggedUpdate, QuarantinedUpdate


@dataclass(frozen=True, slots=True)
class Culprit:
    """
    An update to set aside.

    Attributes:
        seq: Its number in the log.
        why: What it does, for the people who run the server.
        clients: Yjs client ids that may write no more in this room.
        follows: It does no harm itself, it builds on another that does.
    """

    seq: int
    why: str
    clients: tuple[int, ...] = ()
    follows: bool = False


def set_aside(session: Session, room: int, culprits: Sequence[Culprit]) -> list[str]:
    """Move updates from the log to the quarantine; return the authors of those that did the harm."""
    authors = []
    for culprit in culprits:
        row = session.get(LoggedUpdate, (room, culprit.seq))
        if row is None:
            continue
        session.add(
            QuarantinedUpdate(
                room_id=room,
                seq=row.seq,
                at=row.at,
                person=row.person,
                via=row.via,
                data=row.data,
                clients=list(culprit.clients),
                why=culprit.why,
                found_at=now(),
            )
        )
        session.delete(row)
        if not culprit.follows:
            authors.append(row.person)
    session.flush()
    return authors


def banned_clients(session: Session, room: int) -> set[int]:
    """Return the client ids whose next updates would build on what was set aside."""
    query = select(QuarantinedUpdate.clients).where(QuarantinedUpdate.room_id == room)
    return {client for clients in session.scalars(query) for client in clients}


def seqs(session: Session, room: int) -> set[int]:
    """Return the numbers that the log of a room is missing for this reason."""
    query = select(QuarantinedUpdate.seq).where(QuarantinedUpdate.room_id == room)
    return set(session.scalars(query))


def everything(session: Session) -> Sequence[QuarantinedUpdate]:
    """Return all that was set aside, oldest first."""
    return session.scalars(select(QuarantinedUpdate).order_by(QuarantinedUpdate.id)).all()


def get(session: Session, ident: int) -> QuarantinedUpdate:
    """
    Return one.

    Raises:
        NotFound: If there is none with this number.
    """
    found = session.get(QuarantinedUpdate, ident)
    if found is None:
        raise NotFound("quarantined update")
    return found


def drop(session: Session, ident: int) -> None:
    """
    Delete one for good; its client ids may write again.

    Raises:
        NotFound: If there is none with this number.
    """
    get(session, ident)
    session.execute(delete(QuarantinedUpdate).where(QuarantinedUpdate.id == ident))
