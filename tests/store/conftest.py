"""The databases the contract suite and the queries are tested on."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store import migrations, testing
from store.database import Database
from tests.store.backends import Sqlite


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, made once and copied for each test."""
    path = tmp_path_factory.mktemp("template") / "accord.db"
    migrations.upgrade(path)
    return path


@pytest.fixture(params=["sqlite"])
def backend(empty_file: Path, tmp_path: Path) -> testing.Backend:
    """Every kind of database; Postgres will be another parameter."""
    shutil.copy(empty_file, tmp_path / "accord.db")
    return Sqlite(tmp_path / "accord.db")


@pytest.fixture
async def database(backend: testing.Backend) -> AsyncIterator[Database]:
    """An open database with nothing in it."""
    async with backend.open() as database:
        yield database


@pytest.fixture
async def place(database: Database) -> testing.Place:
    """A session in it."""
    return await database.write(testing.a_place)
