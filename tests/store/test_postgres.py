"""`store.postgres` and what runs on it, on a real server: the contract of search, and the promises of a database."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import InternalError

from store import facilitators
from store.errors import DataDamaged
from store.models import Base
from store.postgres import PostgresDatabase
from store.testing import SearchContract, a_place


class TestSearchOnPostgres(SearchContract):
    """The contract; on SQLite: `tests.store.test_search`."""

    @pytest.fixture
    def database(self, postgres: PostgresDatabase) -> PostgresDatabase:
        """Instead of SQLite."""
        return postgres


async def test_what_is_written_is_read_and_a_change_that_fails_leaves_nothing(
    postgres: PostgresDatabase,
) -> None:
    await postgres.write(a_place)
    assert await postgres.read(facilitators.count) == 1

    def fails(session: object) -> None:
        a_place(session, "Ben")  # type: ignore[arg-type]
        raise LookupError("thought better of it")

    with pytest.raises(LookupError):
        await postgres.write(fails)
    assert await postgres.read(facilitators.count) == 1


async def test_reading_changes_nothing(postgres: PostgresDatabase) -> None:
    with pytest.raises(InternalError, match="read-only"):
        await postgres.read(a_place)
    assert await postgres.read(facilitators.count) == 0


async def test_a_server_that_is_not_there_is_said() -> None:
    url = make_url("postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(DataDamaged, match="cannot be opened"):
        async with PostgresDatabase(url):
            pass


def test_the_tables_are_what_the_migrations_make(postgres_url: URL) -> None:
    engine = create_engine(postgres_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert [one for one in found if one[0] not in ("remove_table", "remove_index")] == []
    assert {one[1].name for one in found} <= {"chunk_words", "ix_chunk_words_words"}
