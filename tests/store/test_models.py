from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.exc import StatementError

from store import facilitators
from store.database import Database
from store.ids import fingerprint
from store.models import Base, Facilitator


def test_the_tables_are_what_the_migrations_make(empty_file: Path) -> None:
    engine = create_engine(f"sqlite:///{empty_file}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    assert [one for one in found if not _is_of_full_text(one)] == []
    engine.dispose()


def _is_of_full_text(difference: Any) -> bool:
    """Full-text tables are made by SQL of their own."""
    return difference[0] == "remove_table" and str(difference[1].name).startswith("chunk_words")


def test_every_constraint_has_a_name_so_that_migrations_can_speak_of_it() -> None:
    for table in Base.metadata.tables.values():
        assert all(one.name for one in table.constraints), table.name
        assert all(one.name for one in table.indexes), table.name


async def test_a_moment_is_the_same_moment_in_every_zone(database: Database) -> None:
    there = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await database.write(lambda session: session.add(_facilitator(there)))
    (found,) = await database.read(facilitators.all_of_them)
    assert found.created_at == there
    assert found.created_at.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        await database.write(lambda session: session.add(_facilitator(datetime(2026, 11, 23))))


def _facilitator(at: datetime) -> Facilitator:
    return Facilitator(
        id="f", name="Host", token_hash=fingerprint("t"), created_at=at, revoked_at=None
    )
