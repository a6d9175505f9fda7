"""
A disk and a database on it, with the interface of `store.database.Database`.

Real SQL in real SQLite: one writer, readers that see what is committed. What is simulated is when things happen, and
what goes wrong: a transaction that is refused, one that fails when it is committed, one that is committed and whose
answer is lost, reads that fail, and the end of the process in between, which takes back what was not committed.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from rooms.registry import seed
from store import facilitators, rooms, sessions
from store.database import Done, Insert
from store.sessions import Type
from tests.migrated import migrated
from tests.simulation.clock import Life, VirtualLoop

P = ParamSpec("P")
T = TypeVar("T")

#: What a schedule writes; emptied before the next.
_TABLES = ("updates", "room_clients", "snapshots", "quarantined_updates", "said")


@dataclass(frozen=True, slots=True)
class Weather:
    """
    What the disk does.

    Attributes:
        seconds: What a step of it takes, on average.
        stalls: How often a step takes a hundred times as long.
        refused, failed, lost: How often a transaction is refused at its start, fails at its commit, is
            committed and reported as failed.
        unread: How often a read fails.
    """

    seconds: float = 0.0005
    stalls: float = 0.0
    refused: float = 0.0
    failed: float = 0.0
    lost: float = 0.0
    unread: float = 0.0


FINE = Weather()


class Disk:
    """
    A database file of the whole run. `begin` makes it new for a schedule.

    Attributes:
        weather: What it does at the moment.
        unread: How often a read has failed.
        rooms: Number and address of the rooms there are.
    """

    def __init__(self, folder: Path) -> None:
        path = migrated(folder / "simulated.db")
        self._writer = _engine(path, "BEGIN IMMEDIATE")
        self._reader = _engine(path, "BEGIN")
        self.raw = sqlite3.connect(path, isolation_level=None)
        self.raw.execute("CREATE TABLE said (room_id INTEGER, words TEXT)")
        with Session(self._writer) as session, session.begin():
            self.rooms = [_make_room(session) for _ in range(2)]
        self.raw.execute("CREATE TABLE seeds AS SELECT * FROM updates")
        self._rows: dict[str, Any] = {}
        self.weather = FINE
        self.rng = random.Random(0)
        self.unread = 0
        self.on_commit: Callable[[], None] = lambda: None
        self._open: Session | None = None

    def begin(self, rng: random.Random, on_commit: Callable[[], None]) -> None:
        """Begin a schedule with new rooms."""
        self.crash()
        self.rng = rng
        self.weather = FINE
        self.unread = 0
        self.on_commit = on_commit
        self.raw.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            self.raw.execute(f"DELETE FROM {table}")
        self.raw.execute("INSERT INTO updates SELECT * FROM seeds")
        self.raw.execute("COMMIT")
        on_commit()

    def crash(self) -> None:
        """The process that has a transaction open is gone."""
        if self._open is not None:
            self._open.rollback()
            self._open.close()
            self._open = None

    def close(self) -> None:
        """Let the file go."""
        self.crash()
        self.raw.close()
        self._writer.dispose()
        self._reader.dispose()

    def delay(self) -> float:
        """Return how long the next step takes."""
        seconds = self.rng.expovariate(1.0) * self.weather.seconds
        return seconds * 100 if self.rng.random() < self.weather.stalls else seconds

    def fate(self) -> str:
        """Return what becomes of the next transaction."""
        weather, dice = self.weather, self.rng.random()
        for word in ("refused", "failed", "lost"):
            dice -= getattr(weather, word)
            if dice < 0:
                return word
        return "kept"

    def read(self, query: Callable[[Session], T]) -> T:
        """Run a query on what is committed."""
        with Session(self._reader, expire_on_commit=False) as session:
            return query(session)

    def room_at(self, address: Any) -> Any:
        """Return the row of a room, read once in a run: asking for it would be a tenth of the time."""
        if address not in self._rows:
            self._rows[address] = self.read(lambda session: rooms.by_address(session, address))
        return self._rows[address]

    def work(self, work: Callable[[Session], T]) -> T:
        """Open a transaction and do what is to be done in it."""
        assert self._open is None, "two writers"
        self._open = Session(self._writer, expire_on_commit=False)
        try:
            result = work(self._open)
            self._open.flush()
        except BaseException:
            self.crash()
            raise
        return result

    def commit(self) -> None:
        """Commit it."""
        assert self._open is not None
        self._open.commit()
        self._open.close()
        self._open = None
        self.on_commit()


class SimulatedDatabase:
    """The database as one life of the server has it."""

    def __init__(self, disk: Disk, loop: VirtualLoop, life: Life) -> None:
        self._disk = disk
        self._loop = loop
        self._life = life
        self._first: deque[_Job] = deque()
        self._rest: deque[_Job] = deque()
        self._busy = False

    async def read(
        self, query: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a query: some time later, at one moment."""
        await asyncio.sleep(self._disk.delay())
        if self._disk.rng.random() < self._disk.weather.unread:
            self._disk.unread += 1
            raise _broken("disk I/O error while reading")
        if query is rooms.by_address:  # no room of the simulation ever gets another address
            result: T = self._disk.room_at(*args, **kwargs)
        else:
            result = self._disk.read(lambda session: query(session, *args, **kwargs))
        await asyncio.sleep(self._disk.delay())
        return result

    async def write(
        self, change: Callable[Concatenate[Session, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a change in a transaction of its own."""
        done: asyncio.Future[T] = self._loop.create_future()

        def report(result: Any, error: BaseException | None) -> None:
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)

        self._rest.append(_Job(lambda session: change(session, *args, **kwargs), report))
        self._next()
        return await done

    def commit_soon(self, batch: Callable[[Session], Any], done: Done) -> None:
        """Run a batch of the update log before everything else that waits."""
        self._first.append(_Job(batch, done))
        self._next()

    def insert_soon(self, inserts: Sequence[Insert], done: Done) -> None:
        """Insert rows of the update log before everything else that waits."""

        def insert(session: Session) -> None:
            for statement, values in inserts:
                session.connection().exec_driver_sql(statement, tuple(values))

        self.commit_soon(insert, done)

    def _next(self) -> None:
        if not self._busy and (self._first or self._rest):
            self._busy = True
            self._life.later(self._disk.delay(), self._begin)

    def _begin(self) -> None:
        job = (self._first or self._rest).popleft()
        fate = self._disk.fate()
        if fate == "refused":
            self._end(job, None, _broken("database is locked"))
            return
        try:
            result = self._disk.work(job.work)
        except BaseException as exc:
            self._end(job, None, exc)
            return
        self._life.later(self._disk.delay(), self._commit, job, result, fate)

    def _commit(self, job: _Job, result: Any, fate: str) -> None:
        if fate == "failed":
            self._disk.crash()
            self._end(job, None, _broken("disk I/O error"))
            return
        self._disk.commit()
        if fate == "lost":
            self._end(job, None, _broken("disk I/O error after the commit"))
        else:
            self._end(job, result, None)

    def _end(self, job: _Job, result: Any, error: BaseException | None) -> None:
        self._busy = False
        self._next()
        self._life.later(self._disk.delay(), job.done, result, error)


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Session], Any]
    done: Done


def say(session: Session, room: int, words: str) -> None:
    """Write a row of the application, which is to stand or fall with an edit."""
    session.execute(text("INSERT INTO said VALUES (:room, :words)"), {"room": room, "words": words})


def _make_room(session: Session) -> tuple[int, str]:
    facilitator = facilitators.ensure(session, "F", "some facilitator token")
    row = sessions.add(
        session,
        facilitator_id=facilitator.id,
        title="title",
        question="question",
        type_=Type.OTHER,
        facilitator_reads_inputs=False,
    )
    room = rooms.add(session, row.id)
    seed(session, room.id)
    return room.id, rooms.address(room)


def _broken(why: str) -> OperationalError:
    return OperationalError("COMMIT", {}, sqlite3.OperationalError(why))


def _engine(path: Path, begin: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool)

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")  # what is on disk is simulated here
        connection.execute("PRAGMA foreign_keys=ON")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
