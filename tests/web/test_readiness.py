"""`web.readiness`: one question at a time."""

from __future__ import annotations

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from tests.migrated import migrated
from web.readiness import Readiness


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database."""
    migrated(tmp_path / "accord.db")
    async with Database(tmp_path / "accord.db") as found:
        yield found


def counting(database: Database, monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Return a list that grows with every write."""
    writes: list[None] = []
    write = database.write

    async def counted(change: Callable[..., Any], *args: Any) -> Any:
        writes.append(None)
        return await write(change, *args)

    monkeypatch.setattr(database, "write", counted)
    return writes


async def test_a_good_answer_holds_for_a_while(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = counting(database, monkeypatch)
    readiness = Readiness(database, good_seconds=3600)
    for _ in range(100):
        await readiness.check()
    assert len(writes) == 1


async def test_everybody_who_asks_at_once_waits_for_one_write(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = counting(database, monkeypatch)
    readiness = Readiness(database, good_seconds=0)
    await asyncio.gather(*(readiness.check() for _ in range(100)))
    assert len(writes) == 1
    await readiness.check()
    assert len(writes) == 2


async def test_a_database_that_says_nothing_is_not_waited_for_and_not_asked_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes = counting(database, monkeypatch)
    readiness = Readiness(database, patience_seconds=0.05)
    with closing(sqlite3.connect(tmp_path / "accord.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await readiness.check()
        other.execute("ROLLBACK")
    assert len(writes) == 1
    readiness = Readiness(database)
    await readiness.check()


async def test_a_process_that_can_open_nothing_more_is_not_ready(database: Database) -> None:
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    readiness = Readiness(database)
    await readiness.check()
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, usual[1]))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            await readiness.check()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, usual)
    await readiness.check()
