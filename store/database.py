"""
The database: who may touch it, in which thread, with which promises.

A query is a plain function over a SQLAlchemy `Session`; the database decides where it runs. SQLite has one
writer, so all writes go through one thread with a connection of its own; batches of the update log come
first, then whatever else waits. Reads run beside it (WAL), each in one of a few threads (decision 0019). A commit is
on the disk when it returns: ``synchronous=FULL``.

Source for one write thread: datasette `database.py`; for BEGIN IMMEDIATE: sqlite.org/lang_transaction.html.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import PoolProxiedConnection, StaticPool

from store.errors import DataDamaged, FileBusy

P = ParamSpec("P")
T = TypeVar("T")

#: A statement in the driver's words and the values of all its rows, one row after the other.
Insert = tuple[str, Sequence[Any]]

#: What a background commit reports: its result or the error, on the event loop's thread.
Done = Callable[[Any, BaseException | None], None]


class Database:
    """
    One SQLite file. Open it with ``async with Database(path):``, which raises DataDamaged if it is none.

    Args:
        path: The file. Its folder exists; its schema is migrated (`store.migrations`).
        readers: Threads for reading, each with a connection.
    """

    def __init__(self, path: Path, *, readers: int = 4) -> None:
        self.path = path
        self._readers = create_engine(sqlite_url(path), pool_size=readers)
        event.listen(self._readers, "connect", _prepare_reader)
        event.listen(self._readers, "begin", _begin)
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="store-reader")
        self._writer = _Writer(path)

    async def __aenter__(self) -> Database:
        self._writer.start(asyncio.get_running_loop())
        try:
            await self.write(_touch)  # WAL has to be on before anybody reads: it waits for readers
        except DBAPIError as exc:
            await self.__aexit__()
            raise DataDamaged(f"{self.path} cannot be opened as a database: {exc.orig}") from exc
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await asyncio.to_thread(self._writer.stop)
        await asyncio.to_thread(self._reading.shutdown)
        self._readers.dispose()

    async def read(
        self,
        query: Callable[Concatenate[Session, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """
        Run a query that changes nothing; SQLite refuses it if it tries.

        All it selects is of one moment, whatever is written meanwhile. Cancelling the waiting does not stop it.
        """

        def run() -> T:
            with Session(self._readers, expire_on_commit=False) as session:
                return query(session, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._reading, run)

    async def write(
        self,
        change: Callable[Concatenate[Session, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """
        Run a change in a transaction of its own; return when it is on disk.

        Whatever the change raises is raised here, and nothing of it is kept. Cancelling the waiting does not
        stop the change.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def report(result: Any, error: BaseException | None) -> None:
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(result)

        self._writer.submit(lambda session: change(session, *args, **kwargs), report, first=False)
        return await done

    async def scrub(self) -> None:
        """
        Write the file anew, so that nothing deleted is left in it or beside it. Whoever writes waits meanwhile.

        It takes twice the file's size in free space, for as long.

        Raises:
            FileBusy: If old pages are still being read; trying again helps.
            OperationalError: If there is no space; nothing happened.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def report(_result: Any, error: BaseException | None) -> None:
            if done.cancelled():
                return
            if error is not None:
                done.set_exception(error)
            else:
                done.set_result(None)

        self._writer.submit(None, report, first=False)
        await done

    def commit_soon(self, batch: Callable[[Session], Any], done: Done) -> None:
        """Hand a batch of the update log to the writer, before everything else that waits."""
        self._writer.submit(batch, done, first=True)

    def insert_soon(self, inserts: Sequence[Insert], done: Done) -> None:
        """
        Hand rows of the update log to the writer, before everything else that waits.

        As `commit_soon`, by the driver's own hand: a session and its bookkeeping cost several times what the
        commit does.
        """
        self._writer.submit(inserts, done, first=True)


Work = Callable[[Session], Any] | Sequence[Insert] | None


@dataclass(slots=True)
class _Job:
    """`work`: what to do in a transaction, or what to insert; None to write the file anew, which none can hold."""

    work: Work
    done: Done


class _Writer:
    """The thread that writes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._engine = _writing_engine(path)
        self._first: deque[_Job] = deque()
        self._rest: deque[_Job] = deque()
        self._lock = threading.Lock()
        self._waiting: SimpleQueue[None] = SimpleQueue()  # one for every job, and one for the end
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._driver: PoolProxiedConnection | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end."""
        with self._lock:
            self._stopping = True
            self._waiting.put(None)
        self._thread.join()
        self._engine.dispose()

    def submit(self, work: Work, done: Done, *, first: bool) -> None:
        with self._lock:
            if self._stopping:
                raise RuntimeError("the database is closing")
            (self._first if first else self._rest).append(_Job(work, done))
            self._waiting.put(None)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            result: Any = None
            error: BaseException | None = None
            try:
                if job.work is None:
                    self._write_anew()
                elif callable(job.work):
                    result = self._transact(job.work)
                else:
                    self._insert(job.work)
            except BaseException as exc:
                result, error = None, exc  # the work may be done and the commit have failed
            self._report(job.done, result, error)

    def _transact(self, work: Callable[[Session], Any]) -> Any:
        with Session(self._engine, expire_on_commit=False) as session, session.begin():
            return work(session)

    def _write_anew(self) -> None:
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute("VACUUM")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = cursor.fetchone() or (1, 0, 0)
            cursor.close()
        finally:
            connection.close()
        if busy:
            raise FileBusy(self._path)

    def _insert(self, inserts: Sequence[Insert]) -> None:
        """
        One transaction without a session.

        The driver gives the interpreter away in each call and waits to get it back, so there are few.
        """
        if self._driver is None:
            self._driver = self._engine.raw_connection()
        connection = self._driver.driver_connection
        assert isinstance(connection, sqlite3.Connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement, values in inserts:
                connection.execute(statement, values)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _next(self) -> _Job | None:
        self._waiting.get()
        jobs = self._first or self._rest
        return jobs.popleft() if jobs else None  # the last of all says that it is the end

    def _report(self, done: Done, result: Any, error: BaseException | None) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(done, result, error)
        except RuntimeError:  # the loop is closed: nobody is left to tell
            return


def sqlite_url(path: Path) -> URL:
    """Return the address of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path))


@contextmanager
def session_beside(path: Path) -> Iterator[Session]:
    """One transaction on a SQLite file that a server may be at work on: the commands' way to change something."""
    engine = create_engine(sqlite_url(path), connect_args={"timeout": 10})
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    finally:
        engine.dispose()


def connect_read_only(path: Path) -> sqlite3.Connection:
    """Open a SQLite file, whatever characters its path has, so that nothing in it can be changed."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _writing_engine(path: Path) -> Engine:
    engine = create_engine(
        sqlite_url(path),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": 10},
    )
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_writer(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=10000",
        "wal_autocheckpoint=1000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_reader(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # sqlite3 by itself begins nothing for a SELECT
    cursor = connection.cursor()
    for pragma in ("query_only=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _touch(session: Session) -> None:
    """A transaction that changes nothing."""
    session.connection()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
