"""
The database on Postgres, with the promises of `store.database.Database`.

Each read and each write is a transaction in a thread, on a pooled connection: Postgres has no need of one writer. What
runs on it so far are documents, their passages and their search; rooms and their log need SQLite.

Source: postgresql.org/docs/18, 13.2 (isolation).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from store.errors import DataDamaged

P = ParamSpec("P")
T = TypeVar("T")

#: A prepared statement gets a plan for any values; whether an index of vectors helps depends on them.
_NEVER_BY_ITSELF = 2**62


class PostgresDatabase:
    """
    One Postgres database. Open it with ``async with PostgresDatabase(url):``; raises DataDamaged if there is none.

    Args:
        url: ``postgresql+psycopg://user@host/name``; its schema is migrated (`store.migrations.upgrade_postgres`).
        connections: Of the pool, each with a thread.
    """

    def __init__(self, url: URL, *, connections: int = 8) -> None:
        self._engine = engine = create_engine(
            url,
            pool_size=connections,
            max_overflow=0,
            connect_args={"prepare_threshold": _NEVER_BY_ITSELF},
        )
        self._reading = engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._writing = engine.execution_options(
            isolation_level="READ COMMITTED", postgresql_readonly=False
        )
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="store-postgres")

    async def __aenter__(self) -> PostgresDatabase:
        try:
            await self.read(_touch)
        except DBAPIError as exc:
            await self.__aexit__()
            raise DataDamaged(f"the Postgres database cannot be opened: {exc.orig}") from exc
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def read(
        self,
        query: Callable[Concatenate[Session, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query that changes nothing; Postgres refuses it if it tries. All it selects is of one moment."""
        return await self._run(self._reading, lambda one: query(one, *args, **kwargs))

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
        return await self._run(self._writing, lambda one: change(one, *args, **kwargs))

    async def _run(self, engine: Engine, work: Callable[[Session], T]) -> T:
        def run() -> T:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)


def _touch(session: Session) -> None:
    """A transaction that changes nothing."""
    session.connection()
