"""
Durable background work: what a killed server was doing goes on after the restart.

The one module that knows DBOS. A job is an async function of named steps; the result of a finished step is
remembered, so a resumed job repeats at most the step that was under way. Steps are therefore idempotent.

The SQLite file is this process's alone (the data folder is locked), so the executor has a fixed name and finds its
own unfinished work; the application version is fixed too, or every edit of a job would strand what runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import Context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID

from store.database import sqlite_url
from store.errors import FileBusy

logger = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

#: Raise it only when a job's steps change so that old unfinished ones must not go on.
JOBS_VERSION = "1"

#: A job that ended the process so often is not tried again.
MAX_ATTEMPTS = 5


class Steps:
    """The steps of one job."""

    async def run(
        self, name: str, step: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """
        Do a step, or return what it returned when it was done before. Results are plain JSON values.
        """
        result: T = await DBOS.run_step_async({"name": name}, _as_coroutine(step), *args, **kwargs)
        return result


Body = Callable[[Steps, str], Awaitable[None]]


class Jobs:
    """
    All kinds of jobs of one process: ``define`` them, then ``async with jobs:``.

    Args:
        path: The SQLite file they are remembered in.
        poll_seconds: How often DBOS looks for messages, which we do not send; closing takes as long.
    """

    def __init__(self, path: Path, *, poll_seconds: float = 1.0) -> None:
        self._path = path
        self._poll_seconds = poll_seconds
        self._bodies: dict[str, Body] = {}
        self._workflows: dict[str, Any] = {}
        self._working: dict[str, asyncio.Task[Any]] = {}

    def define(self, name: str, body: Body) -> None:
        """Make a kind of job known. `body` gets its steps and the key it was submitted with."""
        self._bodies[name] = body

    async def __aenter__(self) -> Jobs:
        await asyncio.to_thread(_use_wal, self._path)
        DBOS(
            config={
                "name": "accord",
                "system_database_url": sqlite_url(self._path).render_as_string(),
                "application_version": JOBS_VERSION,
                "executor_id": "local",
                "serializer": DBOSPortableJSONSerializer(),
                "max_executor_threads": 8,
                "notification_listener_polling_interval_sec": self._poll_seconds,
                "log_level": "WARNING",
            }
        )
        for name, body in self._bodies.items():
            self._workflows[name] = self._workflow(name, body)
        DBOS.launch()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.pause()
        # On the loop's own thread this waits ten seconds for a callback that cannot come.
        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)
        # DBOS has made its own pool the loop's, and has shut it down: whatever runs in a thread after this needs one.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor())

    async def pause(self) -> None:
        """Stop working. What is under way stays unfinished and goes on with the next start."""
        await _stop(self._working.values())

    async def submit(self, name: str, key: str) -> None:
        """Start a job; the same name and key twice is one job."""

        async def start() -> None:
            with SetWorkflowID(f"{name}-{key}"):
                await DBOS.start_workflow_async(self._workflows[name], key)

        await _outside(start())

    async def is_alive(self, name: str, key: str) -> bool:
        """Whether a job is still going to be worked on."""
        status = await _outside(DBOS.get_workflow_status_async(f"{name}-{key}"))
        return status is not None and status.status in ("PENDING", "ENQUEUED", "DELAYED")

    async def forget(self, jobs: Iterable[tuple[str, str]]) -> None:
        """
        Stop jobs, given by name and key, and remove everything that is remembered of them and their steps.

        They may be submitted again and then begin anew. `scrub` removes the bytes.
        """
        idents = [f"{name}-{key}" for name, key in jobs]
        await _stop(self._working[ident] for ident in idents if ident in self._working)
        if idents:
            await _outside(DBOS.delete_workflows_async(idents))

    async def scrub(self) -> None:
        """Write the file anew, so that nothing deleted is left in it or beside it."""
        await asyncio.to_thread(_write_anew, self._path)

    def _workflow(self, name: str, body: Body) -> Any:
        async def run(key: str) -> None:
            task = asyncio.current_task()
            assert task is not None
            ident = f"{name}-{key}"
            self._working[ident] = task
            try:
                await body(Steps(), key)
            finally:
                if self._working.get(ident) is task:
                    del self._working[ident]

        run.__name__ = run.__qualname__ = name
        return DBOS.workflow(name=name, max_recovery_attempts=MAX_ATTEMPTS)(run)


def _as_coroutine(step: Callable[P, Awaitable[T]]) -> Callable[P, Any]:
    async def run(*args: P.args, **kwargs: P.kwargs) -> T:
        result = await step(*args, **kwargs)
        json.dumps(result)  # a step that returns anything else would fail only after a restart
        return result

    return run


async def _stop(tasks: Iterable[asyncio.Task[Any]]) -> None:
    working = list(tasks)
    for task in working:
        task.cancel()
    if working:
        await asyncio.wait(working)


async def _outside(call: Coroutine[Any, Any, T]) -> T:
    """Do something with DBOS outside of the job that wants it, which would else count it among its steps."""
    return await asyncio.create_task(call, context=Context())


def _write_anew(path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
        connection.execute("VACUUM")
        (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise FileBusy(path)


def _use_wal(path: Path) -> None:
    """The journal mode is kept in the file; DBOS leaves it as it finds it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
