"""`web.commands.backup`: copying a data folder under a running server, and coming back from the copy."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.harness import NEW_SESSION, PATIENCE, api, running_app
from tests.web.api.test_documents import TEXT, ended, give
from tests.web.wire import peer, refusal, room_token
from web import datafolder


async def accord(*arguments: str | Path) -> tuple[int, str]:
    """Run a command in a process of its own; return its code and what it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / "accord",
        *arguments,
        env=clean,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_what_was_acknowledged_before_a_backup_is_there_after_the_restore(
    tmp_path: Path,
) -> None:
    data, copy, restored = (tmp_path / name for name in ("data", "copy", "restored"))
    async with running_app(data) as app, api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        token = await room_token(script, session["id"])
        old = f"/yjs/{session['room']}?token={token}"
        async with peer(app.url.replace("http", "ws") + old) as writer:
            await writer.write("Before the backup. ")
            await writer.ask_saved(1)
            await writer.until(lambda: bool(writer.saved))
            code, said = await accord("backup", copy, "--data", data)
            assert (code, said.splitlines()[-1]) == (0, "1 documents, 0 damaged")
            await writer.write("After it. ")
            await writer.ask_saved(2)
            await writer.until(lambda: len(writer.saved) == 2)

    code, said = await accord("restore", copy, "--data", restored)
    assert (code, said.splitlines()[-1]) == (0, "1 documents, 0 damaged")
    async with running_app(restored) as app, api(app.url) as script:
        found = (await script.get(f"/api/sessions/{session['id']}")).json()
        rooms = app.url.replace("http", "ws") + "/yjs"
        async with peer(f"{rooms}/{found['room']}?token={token}") as reader:
            assert reader.text == "Before the backup. \n"
        code, reason = await refusal(app.url.replace("http", "ws") + old)
    assert (code, "restored" in reason) == (4409, True)
    name, epoch = session["room"].split(".")
    assert found["room"] == f"{name}.{int(epoch) + 1}"


async def test_only_its_owner_can_read_a_backup_and_the_facilitators_link_stays(
    tmp_path: Path,
) -> None:
    data, copy, restored = (tmp_path / name for name in ("data", "copy", "restored"))
    datafolder.migrate(data)
    token = datafolder.facilitator_token(data)
    assert (await accord("backup", copy, "--data", data))[0] == 0
    assert (await accord("restore", copy, "--data", restored))[0] == 0
    assert datafolder.facilitator_token(restored) == token
    files = [path for folder in (copy, restored) for path in folder.iterdir()]
    assert {path.name for path in files} >= {"accord.db", "facilitator-token"}
    assert [path for path in files if path.stat().st_mode & 0o077] == []


async def test_nothing_is_written_over(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    datafolder.migrate(data)
    assert (await accord("backup", copy, "--data", data))[0] == 0
    before = (copy / "accord.db").stat().st_mtime_ns
    code, said = await accord("backup", copy, "--data", data)
    assert (code, "holds a backup already" in said) == (2, True)
    code, said = await accord("restore", copy, "--data", data)
    assert (code, "is in use; move it away" in said) == (2, True)
    assert (copy / "accord.db").stat().st_mtime_ns == before


async def test_a_backup_that_was_cut_off_is_none(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "accord.db.unfinished").write_bytes(b"half")
    code, said = await accord("restore", copy, "--data", tmp_path / "restored")
    assert (code, "there is no backup in" in said) == (2, True)
    datafolder.migrate(tmp_path / "data")
    assert (await accord("backup", copy, "--data", tmp_path / "data"))[0] == 0
    assert [path.name for path in copy.iterdir()] == ["accord.db"]


async def test_a_backup_of_nothing_is_refused(tmp_path: Path) -> None:
    code, said = await accord("backup", tmp_path / "copy", "--data", tmp_path / "data")
    assert (code, "there is no database" in said) == (2, True)
    assert not (tmp_path / "copy").exists()


async def test_a_copy_with_a_damaged_document_is_told_at_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_app(data) as app, api(app.url) as script:
        await script.post("/api/sessions", json=NEW_SESSION)
    with sqlite3.connect(data / "accord.db") as database:
        database.execute("UPDATE updates SET data = x'0101'")
    code, said = await accord("backup", tmp_path / "copy", "--data", data)
    assert (code, said.splitlines()[-1]) == (1, "1 documents, 1 damaged")


async def test_files_people_gave_are_in_the_copy_and_come_back(tmp_path: Path) -> None:
    data, copy, restored = (tmp_path / name for name in ("data", "copy", "restored"))
    async with running_app(data) as app, api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        path = f"/api/sessions/{session['id']}"
        ident = await give(script, path)
        await ended(script, path, ident)
        assert (await accord("backup", copy, "--data", data))[0] == 0
    assert (await accord("restore", copy, "--data", restored))[0] == 0
    async with running_app(restored) as app, api(app.url) as script:
        got = await script.get(f"{path}/documents/{ident}/file")
        found = await script.get(f"{path}/search", params={"q": "ships"})
    assert got.text == TEXT
    assert [hit["document"]["id"] for hit in found.json()["hits"]] == [ident]


async def test_a_backup_says_that_files_are_missing(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_app(data) as app, api(app.url) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        path = f"/api/sessions/{session['id']}"
        ident = await give(script, path)
        await ended(script, path, ident)
    (data / "files" / ident).unlink()
    code, said = await accord("backup", tmp_path / "copy", "--data", data)
    assert (code, "1 files of documents are not where they should be" in said) == (2, True)
