from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from store.database import Database
from store.errors import DataDamaged
from store.testing import DatabaseContract
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
