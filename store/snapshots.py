"""Snapshots: a room's updates up to some point as one, so that opening it is quick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from store.ids import now
from store.models import Snapshot


@dataclass(frozen=True, slots=True)
class SavedState:
    """
    Attributes:
        seq: The last update it holds.
        data: Yjs update, v1.
    """

    seq: int
    data: bytes


def latest(session: Session, room: int) -> SavedState | None:
    """Return a room's newest snapshot."""
    query = (
        select(Snapshot.seq, Snapshot.data)
        .where(Snapshot.room_id == room)
        .order_by(Snapshot.seq.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return SavedState(*row) if row is not None else None


def save(session: Session, room: int, state: SavedState, *, keep: int) -> None:
    """Keep a snapshot and the `keep - 1` before it."""
    session.merge(Snapshot(room_id=room, seq=state.seq, at=now(), data=state.data))
    session.flush()
    seqs = session.scalars(
        select(Snapshot.seq).where(Snapshot.room_id == room).order_by(Snapshot.seq.desc())
    ).all()
    for seq in seqs[keep:]:
        session.execute(delete(Snapshot).where(Snapshot.room_id == room, Snapshot.seq == seq))


def oldest_seq(session: Session, room: int) -> int:
    """Return the last update in a room's oldest kept snapshot, 0 if it has none."""
    query = select(func.min(Snapshot.seq)).where(Snapshot.room_id == room)
    return session.scalar(query) or 0


def oldest(session: Session, room: int) -> tuple[SavedState, datetime]:
    """Return a room's oldest kept snapshot and when it was taken; there must be one."""
    query = select(Snapshot).where(Snapshot.room_id == room).order_by(Snapshot.seq).limit(1)
    row = session.scalars(query).one()
    return SavedState(row.seq, row.data), row.at
