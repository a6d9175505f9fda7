"""`web.health`: `/health/live` and `/health/ready`, and when the second says no."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from store.database import Database
from tests.harness import RunningApp, api
from tests.migrated import migrated
from web.readiness import Readiness


@pytest.fixture(autouse=True)
def impatient(app: RunningApp) -> None:
    """Ask anew every time, and do not wait long."""
    app.services.readiness = Readiness(
        app.services.database, patience_seconds=0.1, good_seconds=0.0
    )


async def answers(app: RunningApp) -> tuple[int, dict[str, str], int]:
    """Return what /health/ready says, and the status of /health/live."""
    async with api(app.url, None) as client:
        ready, live = await client.get("/health/ready"), await client.get("/health/live")
        return ready.status_code, ready.json(), live.status_code


async def test_a_server_that_works_is_ready(app: RunningApp) -> None:
    assert await answers(app) == (200, {"status": "ready"}, 200)


async def test_a_database_that_somebody_else_holds_is_not_ready(app: RunningApp) -> None:
    path = app.services.settings.database_path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        held = (503, {"status": "not ready", "database": "TimeoutError"}, 200)
        assert await answers(app) == held
        other.execute("ROLLBACK")
    app.services.readiness = Readiness(app.services.database)
    assert (await answers(app))[0] == 200


async def test_a_database_that_can_only_be_read_is_not_ready(
    app: RunningApp, tmp_path: Path
) -> None:
    migrated(tmp_path / "accord.db")
    async with Database(tmp_path / "accord.db") as database:
        await database.write(lambda session: session.execute(text("PRAGMA query_only=ON")))
        app.services.readiness = Readiness(database)
        status, body, alive = await answers(app)
        assert (status, body["database"], alive) == (503, "OperationalError", 200)


async def test_asking_leaves_no_trace(app: RunningApp) -> None:
    revision = text("SELECT version_num FROM alembic_version")
    before = await app.services.database.read(lambda session: session.scalars(revision).all())
    await answers(app)
    after = await app.services.database.read(lambda session: session.scalars(revision).all())
    assert before == after
    assert len(after) == 1


async def test_a_server_that_stops_is_not_ready(app: RunningApp) -> None:
    app.services.draining = True
    try:
        assert await answers(app) == (503, {"status": "stopping"}, 200)
    finally:
        app.services.draining = False
