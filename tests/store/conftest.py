"""The databases the contract suite and the queries are tested on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from store import testing
from store.database import Database
from store.postgres import PostgresDatabase
from tests.migrated import migrated
from tests.store import postgres
from tests.store.backends import Sqlite


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    """A migrated SQLite file."""
    return migrated(tmp_path / "empty" / "accord.db")


@pytest.fixture(params=["sqlite"])
def backend(tmp_path: Path) -> testing.Backend:
    """The database everything runs on; for search there is Postgres too (`postgres`)."""
    return Sqlite(migrated(tmp_path / "accord.db"))


@pytest.fixture
async def database(backend: testing.Backend) -> AsyncIterator[Database]:
    """An open database with nothing in it."""
    async with backend.open() as database:
        yield database


@pytest.fixture
async def place(database: Database) -> testing.Place:
    """A session in it."""
    return await database.write(testing.a_place)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """A real Postgres, started once."""
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: URL) -> Iterator[str]:
    """The name of a migrated database with nothing in it, to be copied for each test."""
    with postgres.database(postgres_server) as url:
        assert url.database is not None
        yield url.database


@pytest.fixture
def postgres_url(postgres_server: URL, postgres_template: str) -> Iterator[URL]:
    """A database of its own for one test."""
    with postgres.database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(name="postgres")
async def opened_postgres(postgres_url: URL) -> AsyncIterator[PostgresDatabase]:
    """The same, open."""
    async with PostgresDatabase(postgres_url) as database:
        yield database
