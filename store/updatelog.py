"""
The update log: one row per accepted update and author, in the order of acceptance.

Appending is group commit: whatever arrives while one commit is under way forms the next one. When the log is idle
a commit starts at once; under load commits begin `gap_factor` times as far apart as they take, at most
`max_gap_seconds`. The commit is the batch: rooms publish exactly what one commit kept, when it is through. So a room
that would show nothing yet (`Pace`) is left for a later commit, and nothing waits twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from store.database import Database, Insert
from store.errors import LogUnavailable
from store.models import LoggedUpdate, QuarantinedUpdate, RoomClient, Snapshot

logger = logging.getLogger(__name__)


@dataclass(slots=True)  # not frozen: one is made for every edit, and that costs three times as much
class Entry:
    """
    One update to keep.

    Attributes:
        person, via: Who made it, by which road (`collab.origins.Origin`).
        data: Yjs update, v1, exactly the bytes that were accepted.
        clients: Client ids that became the author's with this update.
        also: Rows of the application that stand or fall with the update.
    """

    person: str
    via: str
    data: bytes
    clients: tuple[int, ...] = ()
    also: Callable[[Session], None] | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """One row read back."""

    seq: int
    at: datetime
    person: str
    via: str
    data: bytes


#: Called with how many entries a commit held and the last one's sequence number, or the error that kept none.
Kept = Callable[[int, int, LogUnavailable | None], None]


class Pace(Protocol):
    """When a room will show what is kept: not before `due`, on the loop's clock."""

    due: float


class _AtOnce:
    due = 0.0


@dataclass(frozen=True, slots=True)
class LogOptions:
    """
    Attributes:
        gap_factor: Under load commits begin this many times as far apart as a commit takes.
        max_gap_seconds: And never further than this, if the disk can do it.
    """

    gap_factor: float = 32.0
    max_gap_seconds: float = 0.012


#: Entries of a commit. With fewer, waiting would bring nothing together: one types, or one edit follows the other.
_ONE_BY_ONE = 1.5

#: Told of every commit: how many seconds it took, and whether it failed.
Watch = Callable[[float, bool], None]


class UpdateLog:
    """The log of all rooms of one process. `watch` is told of every commit."""

    def __init__(
        self, database: Database, options: LogOptions | None = None, watch: Watch | None = None
    ) -> None:
        self._database = database
        self._watch = watch
        self._options = options or LogOptions()
        self._next: dict[int, _Batch] = {}
        self._current: dict[int, _Batch] = {}
        self._committing = False
        self._commit_ended = asyncio.Event()
        self._timer: asyncio.Handle | None = None
        self._cost = 0.0
        self._size = 1.0  # entries of a commit, lately
        self._due = 0.0
        self._gap = 0.0
        self._wanted = math.inf  # when the first of the rooms that wait would show what is kept
        self._timer_for = 0.0  # what of this the timer knows
        self._last_seqs: dict[
            int, int
        ] = {}  # between commits only: one writes while nothing commits

    def append_soon(self, room: int, entry: Entry, kept: Kept, pace: Pace | None = None) -> None:
        """
        Keep an update with the next commit that the room is due for.

        Args:
            room: The room's number.
            kept: Called once per room and commit, for the first entry's `kept`; so a room passes always
                the same one.
            pace: The room's; also always the same. None where there is nothing to wait for.
        """
        batch = self._next.get(room)
        if batch is None:
            batch = self._next[room] = _Batch(kept, pace or _AT_ONCE)
            self._wanted = min(self._wanted, batch.pace.due)
        batch.entries.append(entry)
        if not self._committing and (self._timer is None or self._wanted < self._timer_for):
            self._commit_when_due()

    async def idle(self) -> None:
        """Wait until nothing is left to commit."""
        while self._next or self._committing:
            await self._commit_ended.wait()

    async def settle(self, room: int) -> None:
        """Wait until no commit of this room is under way."""
        while room in self._current:
            await self._commit_ended.wait()

    def discard(self, room: int) -> None:
        """Drop what is not committed yet of a room whose state is being loaded again."""
        self._next.pop(room, None)

    def forget(self, room: int) -> None:
        """Drop what is remembered about a room that was closed."""
        self._last_seqs.pop(room, None)

    def _commit_when_due(self) -> None:
        """
        Under load commits begin a gap apart; and none begins so early that no room would show what it kept.
        """
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            self._timer.cancel()
        self._timer_for = self._wanted
        wait = max(self._due, self._wanted - self._cost) - loop.time()
        due = loop.call_later(wait, self._commit) if wait > 0 else loop.call_soon(self._commit)
        self._timer = due

    def _take_due(self, now: float) -> dict[int, _Batch]:
        """Take the batches whose rooms are due, or will be before it would be worth another commit."""
        soon = now + self._cost + self._gap / 2
        taken = {room: batch for room, batch in self._next.items() if batch.pace.due <= soon}
        for room in taken:
            del self._next[room]
        self._wanted = self._first_due()
        return taken

    def _first_due(self) -> float:
        return min((batch.pace.due for batch in self._next.values()), default=math.inf)

    def _commit(self) -> None:
        self._timer = None
        started = asyncio.get_running_loop().time()
        batches = self._take_due(started)
        if not batches:
            if self._next:
                self._commit_when_due()
            else:
                self._tell_who_waits()  # what was to be committed was dropped
            return
        self._committing = True
        self._current = batches

        def done(result: Any, error: BaseException | None) -> None:
            self._finish(batches, result, error, started)

        try:
            if all(room in self._last_seqs for room in batches) and not any(
                entry.also is not None for batch in batches.values() for entry in batch.entries
            ):
                self._commit_plain(batches, started)
            else:
                self._database.commit_soon(lambda session: self._write(session, batches), done)
        except RuntimeError as exc:
            done(None, exc)

    def _commit_plain(self, batches: dict[int, _Batch], started: float) -> None:
        """Commit nothing but updates of rooms whose last number is known: nearly always it is so."""
        results: dict[int, int | LogUnavailable] = {}
        rows, clients = self._rows(batches, results)

        def done(_: Any, error: BaseException | None) -> None:
            self._finish(batches, results, error, started)

        self._database.insert_soon(inserts(rows, clients), done)

    def _rows(
        self, batches: dict[int, _Batch], results: dict[int, int | LogUnavailable]
    ) -> tuple[list[Any], list[Any]]:
        """Number the updates of all rooms whose last number is known; return the values of all rows."""
        now = _written_moment(datetime.now(UTC))
        rows: list[Any] = []
        clients: list[Any] = []
        for room, batch in batches.items():
            seq = self._last_seqs.pop(room, None)  # back again when the commit is through
            if seq is None:
                continue
            for entry in batch.entries:
                seq += 1
                rows += (room, seq, now, entry.person, entry.via, entry.data)
                for client in entry.clients:
                    clients += (room, client, entry.person)
            results[room] = seq
        return rows, clients

    def _write(
        self, session: Session, batches: dict[int, _Batch]
    ) -> dict[int, int | LogUnavailable]:
        """
        Runs in the writer thread, in one transaction.

        Returns:
            Per room the last sequence number; the failure where rows of the application did not go in,
            which keeps nothing of that room and harms no other.
        """
        results: dict[int, int | LogUnavailable] = {}
        for room, batch in batches.items():
            failure = _write_also(session, batch)
            if failure is not None:
                results[room] = failure
                self._last_seqs.pop(room, None)
            elif room not in self._last_seqs:
                self._last_seqs[room] = last_seq(session, room)
        kept = {room: batch for room, batch in batches.items() if room not in results}
        connection = session.connection().connection
        for statement, values in inserts(*self._rows(kept, results)):
            connection.cursor().execute(statement, values)
        return results

    def _finish(
        self,
        batches: dict[int, _Batch],
        results: dict[int, int | LogUnavailable] | None,
        error: BaseException | None,
        started: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._committing = False
        self._current = {}
        seconds = loop.time() - started
        self._cost += (seconds - self._cost) * 0.2
        entries = sum(len(batch.entries) for batch in batches.values())
        self._size += (entries - self._size) * 0.2
        if self._watch is not None:
            self._watch(seconds, error is not None)
        self._gap = 0.0
        if self._next or self._size > _ONE_BY_ONE:
            self._gap = min(self._cost * self._options.gap_factor, self._options.max_gap_seconds)
        self._due = started + self._gap
        for room, batch in batches.items():
            result = _failure(error) if error is not None or results is None else results[room]
            if isinstance(result, int):
                self._last_seqs[room] = result
                _tell(room, batch, result, None)
            else:
                _tell(room, batch, 0, result)
        if self._next:  # those that were just shown are due later than was thought
            self._wanted = self._first_due()
            self._commit_when_due()
        self._tell_who_waits()

    def _tell_who_waits(self) -> None:
        ended, self._commit_ended = self._commit_ended, asyncio.Event()
        ended.set()


#: Rows of one statement at most: SQLite takes 32,766 values, and a statement is prepared for each number of rows.
_ROWS = 64

_INSERT_UPDATES = "INSERT INTO updates (room_id, seq, at, person, via, data) VALUES ", 6
_INSERT_CLIENTS = "INSERT INTO room_clients (room_id, client_id, person) VALUES ", 3


def inserts(rows: list[Any], clients: list[Any]) -> list[Insert]:
    """Return what writes updates and client ids, as few statements as can be."""
    found: list[Insert] = []
    for (beginning, width), values in ((_INSERT_UPDATES, rows), (_INSERT_CLIENTS, clients)):
        for first in range(0, len(values), _ROWS * width):
            some = values[first : first + _ROWS * width]
            found.append((_statement(beginning, width, len(some) // width), some))
    return found


@cache
def _statement(beginning: str, width: int, rows: int) -> str:
    row = f"({', '.join('?' * width)})"
    return beginning + ", ".join([row] * rows)


def _written_moment(moment: datetime) -> Any:
    """Return a moment as the table's column writes it."""
    return _moment_writer()(moment)


@cache
def _moment_writer() -> Callable[[datetime], Any]:
    dialect = sqlite.dialect()
    written = LoggedUpdate.__table__.c.at.type.dialect_impl(dialect).bind_processor(dialect)
    assert written is not None
    return written


_AT_ONCE = _AtOnce()


@dataclass(slots=True)
class _Batch:
    kept: Kept
    pace: Pace
    entries: list[Entry] = field(default_factory=list)


def _tell(room: int, batch: _Batch, seq: int, failure: LogUnavailable | None) -> None:
    """Tell a room what became of its entries. One room that fails over it must not keep the others waiting."""
    try:
        batch.kept(len(batch.entries), seq, failure)
    except Exception:
        logger.exception(
            "a room failed after a commit", extra={"action": "kept_failed", "room": room}
        )


def _write_also(session: Session, batch: _Batch) -> LogUnavailable | None:
    changes = [entry.also for entry in batch.entries if entry.also is not None]
    if not changes:
        return None
    try:
        with session.begin_nested():
            for change in changes:
                change(session)
    except Exception as exc:
        return _failure(exc)
    return None


def _failure(error: BaseException | None) -> LogUnavailable:
    failure = LogUnavailable(f"the update log took nothing: {error}")
    failure.__cause__ = error
    return failure


def last_seq(session: Session, room: int) -> int:
    """
    Return the highest sequence number of a room, 0 if it has none.

    Trimming may have emptied the log; then the newest snapshot still knows the number. Starting again from one
    would hide every new update behind that snapshot. Numbers of quarantined updates are not given again either.
    """
    logged = select(func.max(LoggedUpdate.seq)).where(LoggedUpdate.room_id == room)
    saved = select(func.max(Snapshot.seq)).where(Snapshot.room_id == room)
    aside = select(func.max(QuarantinedUpdate.seq)).where(QuarantinedUpdate.room_id == room)
    return max(session.scalar(query) or 0 for query in (logged, saved, aside))


def read(session: Session, room: int, *, after: int = 0) -> Sequence[Logged]:
    """Return a room's updates in order, those with a higher sequence number than `after`."""
    query = (
        select(
            LoggedUpdate.seq,
            LoggedUpdate.at,
            LoggedUpdate.person,
            LoggedUpdate.via,
            LoggedUpdate.data,
        )
        .where(LoggedUpdate.room_id == room, LoggedUpdate.seq > after)
        .order_by(LoggedUpdate.seq)
    )
    return [Logged(*row) for row in session.execute(query)]


def read_clients(session: Session, room: int) -> dict[int, str]:
    """Return whose each client id is."""
    query = select(RoomClient.client_id, RoomClient.person).where(RoomClient.room_id == room)
    return dict(session.execute(query).all())


def trim(session: Session, room: int, *, upto: int, before: datetime) -> int:
    """Delete updates up to a sequence number that are older than a moment; return how many."""
    found = session.execute(
        delete(LoggedUpdate).where(
            LoggedUpdate.room_id == room, LoggedUpdate.seq <= upto, LoggedUpdate.at < before
        )
    )
    return int(found.rowcount)  # type: ignore[attr-defined]


def append_now(session: Session, room: int, data: bytes, *, person: str, via: str) -> None:
    """Append one update in a transaction of the caller's: only for a room that nobody has open."""
    session.add(
        LoggedUpdate(
            room_id=room,
            seq=last_seq(session, room) + 1,
            at=datetime.now(UTC),
            person=person,
            via=via,
            data=data,
        )
    )
    session.flush()
