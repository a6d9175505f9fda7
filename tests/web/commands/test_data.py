"""`accord migrate` and `accord check`."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from store import migrations
from tests.harness import NEW_SESSION, api, running_app
from tests.web.commands.terminal import accord
from tests.web.wire import peer, room_token


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A data folder with two documents, one of them written into."""
    async with running_app(tmp_path / "data") as app, api(app.url) as script:
        for _ in range(2):
            session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        token = await room_token(script, session["id"])
        async with peer(f"{app.ws_url}/{session['room']}?token={token}") as writer:
            for number in range(5):
                await writer.write(f"{number} ")
            await writer.ask_saved(1)
            await writer.until(lambda: bool(writer.saved))
    return (tmp_path / "data").rename(tmp_path / "100% data? #1")


def change(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / "accord.db")) as database, database:
        assert database.execute(statement, values).rowcount > 0


def test_migrating_says_what_it_did(tmp_path: Path) -> None:
    newest = migrations.newest_revision()
    said = accord("migrate", "--data", tmp_path / "data")
    assert (said.code, f"now at revision {newest}" in said.out) == (0, True)
    said = accord("migrate", "--data", tmp_path / "data")
    assert (said.code, f"already at revision {newest}" in said.out) == (0, True)


async def test_a_folder_of_a_newer_accord_is_left_alone(folder: Path) -> None:
    change(folder, "UPDATE alembic_version SET version_num = '9999'")
    said = accord("migrate", "--data", folder)
    assert said.code == 1
    assert "update Accord" in said.err


async def test_a_server_at_work_keeps_its_folder(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data"):
        from web import datafolder

        with datafolder.locked(tmp_path / "data"):
            said = accord("migrate", "--data", tmp_path / "data")
    assert (said.code, "another Accord" in said.err) == (1, True)


async def test_what_is_whole_is_said_to_be(folder: Path) -> None:
    said = accord("check", folder)
    assert said.code == 0, said.out
    assert said.out.splitlines()[-1] == "2 documents, 0 damaged"
    assert "snapshot + tail = log" in said.out


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("DELETE FROM updates WHERE seq = 4 AND room_id = 2", ()),
        ("UPDATE updates SET data = ? WHERE seq = 4 AND room_id = 2", (b"\x01\x02",)),
        ("UPDATE updates SET data = ? WHERE seq = 4 AND room_id = 2", (b"\x00\x00",)),
        ("DELETE FROM updates WHERE room_id = 2", ()),
        (
            "INSERT INTO snapshots SELECT room_id, 6, at, data FROM updates WHERE seq = 1 AND room_id = 2",
            (),
        ),
    ],
    ids=["a hole", "torn bytes", "an edit gone", "an empty log", "an old snapshot"],
)
async def test_damage_is_found_and_only_where_it_is(
    folder: Path, statement: str, values: tuple[object, ...]
) -> None:
    change(folder, statement, *values)
    said = accord("check", folder)
    assert said.code == 1, said.out
    assert said.out.splitlines()[-1] == "2 documents, 1 damaged"
    assert said.out.count("DAMAGED") == 1


def test_a_folder_without_a_database_is_said(tmp_path: Path) -> None:
    said = accord("check", tmp_path)
    assert (said.code, f"no database in {tmp_path}" in said.err) == (2, True)
