"""Versions of the statement, one table for all rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, defer

from store.errors import NotFound
from store.models import Poll, Room, StatementVersion


def of_room(session: Session, room: int) -> Sequence[StatementVersion]:
    """Return a room's versions, the oldest first, without their texts."""
    query = (
        select(StatementVersion)
        .where(StatementVersion.room_id == room)
        .options(defer(StatementVersion.text))
        .order_by(StatementVersion.seq)
    )
    return session.scalars(query).all()


def latest(session: Session, room: int) -> StatementVersion | None:
    """Return a room's newest version."""
    query = (
        select(StatementVersion)
        .where(StatementVersion.room_id == room)
        .order_by(StatementVersion.seq.desc())
        .limit(1)
    )
    return session.scalar(query)


def get(session: Session, room: int, seq: int) -> StatementVersion:
    """
    Return one version.

    Raises:
        NotFound: If there is none that ends with this update.
    """
    found = session.get(StatementVersion, (room, seq))
    if found is None:
        raise NotFound("version")
    return found


def save(session: Session, room: int, row: dict[str, Any]) -> None:
    """Keep a version."""
    session.merge(StatementVersion(room_id=room, **row))
    session.flush()


def remove(session: Session, room: int, seqs: Collection[int]) -> None:
    """Forget versions."""
    session.execute(
        delete(StatementVersion).where(
            StatementVersion.room_id == room, StatementVersion.seq.in_(seqs)
        )
    )


def remove_all(session: Session, room: int) -> None:
    """Forget every version of a room."""
    session.execute(delete(StatementVersion).where(StatementVersion.room_id == room))


def asked_about(session: Session, room: int) -> list[datetime]:
    """Return when people were asked about the text of a room as it was then."""
    query = (
        select(Poll.opened_at)
        .join(Room, Room.session_id == Poll.session_id)
        .where(Room.id == room)
        .order_by(Poll.opened_at)
    )
    return list(session.scalars(query))
