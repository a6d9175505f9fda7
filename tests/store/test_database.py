from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import OperationalError

from store import facilitators
from store.database import Database, connect_read_only
from store.errors import DataDamaged, FileBusy
from store.models import Facilitator
from store.testing import DatabaseContract
from tests.migrated import migrated
from tests.store.backends import Sqlite


class TestDatabase(DatabaseContract):
    """The contract, on every database."""


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)]
)
async def test_a_commit_on_sqlite_is_on_the_disk(
    database: Database, pragma: str, value: object
) -> None:
    found = await database.write(lambda session: session.scalar(text(f"PRAGMA {pragma}")))
    assert found == value


async def test_a_file_that_is_no_database_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "accord.db"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(DataDamaged, match="not a database"):
        async with Sqlite(path).open():
            pass
    assert path.read_bytes().startswith(b"not a database")


async def test_a_file_that_was_never_migrated_is_an_error(tmp_path: Path) -> None:
    async with Sqlite(tmp_path / "accord.db").open() as database:
        with pytest.raises(OperationalError, match="no such table"):
            await database.write(lambda session: session.execute(text("SELECT 1 FROM updates")))


async def test_a_file_that_is_written_anew_holds_nothing_that_was_deleted(tmp_path: Path) -> None:
    path = migrated(tmp_path / "accord.db")
    async with Database(path) as database:
        for number in range(300):
            name = "quagmirtentakel" * (number % 40 + 1)
            await database.write(facilitators.add, name, f"token {number}")
        await database.write(lambda s: s.execute(delete(Facilitator)) and None)
        files = [path, path.with_name("accord.db-wal")]
        assert any(b"quagmirtentakel" in one.read_bytes() for one in files)
        await database.scrub()
        assert not any(b"quagmirtentakel" in one.read_bytes() for one in files)
        assert await database.read(lambda s: s.scalar(text("PRAGMA integrity_check"))) == "ok"
        await database.write(facilitators.add, "one more", "token")


async def test_a_file_that_is_being_read_is_not_said_to_be_clean(tmp_path: Path) -> None:
    path = migrated(tmp_path / "accord.db")
    async with Database(path) as database:
        await database.write(lambda s: s.execute(text("PRAGMA busy_timeout=10")) and None)
        with closing(connect_read_only(path)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM facilitators").fetchone()
            await database.write(facilitators.add, "Ana", "token")
            with pytest.raises(FileBusy):
                await database.scrub()
        await database.scrub()
        assert (tmp_path / "accord.db-wal").stat().st_size == 0
