"""
From many logged updates to one snapshot, and from the store back to a room.

A snapshot is built in a fresh document and read back before it is written; the two must be the same. Old rows go
only when they are covered and past the history window. What cannot be loaded is an error, never an empty document.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from collab.accepted import Accepted, DocumentLimits
from collab.document import NOTHING, Document
from collab.errors import CollabError
from rooms import history
from rooms.history import Material, Retraced
from rooms.journal import NO_JOURNAL, AtWork
from rooms.loaded import Loaded
from rooms.options import RoomOptions
from store import quarantine, snapshots, updatelog, versions
from store.database import Database
from store.errors import DataDamaged
from store.snapshots import SavedState
from store.updatelog import Logged

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """
    A room as it lies on disk: the newest snapshot, what came after it, whose the client ids are.

    Attributes:
        banned: Client ids that broke the document before.
    """

    snapshot: SavedState | None
    tail: Sequence[Logged]
    clients: dict[int, str]
    banned: frozenset[int] = frozenset()

    @property
    def seq(self) -> int:
        """The last update."""
        if self.tail:
            return self.tail[-1].seq
        return self.snapshot.seq if self.snapshot is not None else 0

    @property
    def snapshot_seq(self) -> int:
        """The last update in the snapshot."""
        return self.snapshot.seq if self.snapshot is not None else 0


def read_stored(session: Session, room: int) -> Stored:
    """Read a room from the store."""
    snapshot = snapshots.latest(session, room)
    after = snapshot.seq if snapshot is not None else 0
    return Stored(
        snapshot,
        updatelog.read(session, room, after=after),
        updatelog.read_clients(session, room),
        frozenset(quarantine.banned_clients(session, room)),
    )


def load(stored: Stored, limits: DocumentLimits) -> Loaded:
    """
    Make a room's state from what is stored.

    Raises:
        DataDamaged: If it cannot be read back, or there is nothing: every room has at least its seed.
    """
    if stored.seq == 0:
        raise DataDamaged("the room has no updates at all")
    try:
        document = replay(stored)
        accepted = Accepted(limits)
        accepted.absorb(document.encode())
    except CollabError as exc:
        raise DataDamaged(f"the stored document cannot be read: {exc}") from exc
    for client, person in stored.clients.items():
        accepted.reserve(client, person)
    accepted.ban(stored.banned)
    return Loaded(document, accepted, stored.seq, stored.snapshot_seq)


def replay(stored: Stored) -> Document:
    """
    Make the document: snapshot, then tail.

    Raises:
        DocumentBroken: If the engine does not take it.
    """
    document = Document(state=stored.snapshot.data if stored.snapshot is not None else NOTHING)
    document.apply(*(row.data for row in stored.tail))
    return document


async def compact(
    database: Database, room: int, options: RoomOptions, journal: AtWork = NO_JOURNAL
) -> int:
    """
    Write a snapshot of a room; return the last update in it.

    Raises:
        DataDamaged: If the snapshot does not read back as what it was made of; nothing was changed.
    """
    stored, material = await database.read(_read, room)
    if not stored.tail:
        return stored.snapshot_seq
    with journal.at_work_on(room):
        data = await asyncio.to_thread(build_snapshot, stored)
        retraced = await asyncio.to_thread(_retrace, room, material)
    await database.write(_save, room, SavedState(stored.seq, data), retraced, options)
    logger.info(
        "snapshot written",
        extra={"action": "snapshot_written", "room": room, "seq": stored.seq, "bytes": len(data)},
    )
    return stored.seq


async def rebuild(
    database: Database, room: int, options: RoomOptions, journal: AtWork = NO_JOURNAL
) -> int:
    """
    Write a room anew as it stands: one snapshot, which holds nothing that was deleted, and no history.

    The units keep their clients and clocks, so whoever was away merges as before.

    Returns:
        The last update in it.

    Raises:
        DataDamaged: As `compact`.
    """
    stored = await database.read(read_stored, room)
    with journal.at_work_on(room):
        data = await asyncio.to_thread(build_snapshot, stored)
    await database.write(_save_alone, room, SavedState(stored.seq, data))
    logger.info(
        "room rebuilt",
        extra={"action": "room_rebuilt", "room": room, "seq": stored.seq, "bytes": len(data)},
    )
    return stored.seq


def build_snapshot(stored: Stored) -> bytes:
    """
    Encode what is stored as one update, and prove that it reads back.

    Raises:
        DataDamaged: If it does not.
    """
    try:
        document = replay(stored)
        data = document.encode()
        same = Document(state=data).same_as(document)
    except CollabError as exc:
        raise DataDamaged(f"the stored document cannot be read: {exc}") from exc
    if not same:
        raise DataDamaged("a snapshot would not read back as the document it was made of")
    return data


def _read(session: Session, room: int) -> tuple[Stored, Material]:
    return read_stored(session, room), history.read(session, room)


def _retrace(room: int, material: Material) -> Retraced | None:
    """Return the versions to keep. The snapshot does not wait for them: what fails here fails next time too."""
    try:
        return history.retrace(material, every=True)
    except CollabError:
        logger.exception(
            "versions could not be made", extra={"action": "versions_failed", "room": room}
        )
        return None


def _save(
    session: Session,
    room: int,
    state: SavedState,
    retraced: Retraced | None,
    options: RoomOptions,
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=options.history_seconds)
    if retraced is not None:
        history.save(session, room, retraced, every_since=before)
    snapshots.save(session, room, state, keep=options.keep_snapshots)
    oldest_kept = snapshots.oldest_seq(session, room)
    updatelog.trim(session, room, upto=oldest_kept, before=before)


def _save_alone(session: Session, room: int, state: SavedState) -> None:
    snapshots.save(session, room, state, keep=1)
    versions.remove_all(session, room)
    updatelog.trim(session, room, upto=state.seq, before=datetime.max.replace(tzinfo=UTC))
