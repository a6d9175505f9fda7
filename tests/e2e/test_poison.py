"""An update that ends the process does so once: the next start sets it aside."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from tests.e2e.clients import YClient
from tests.e2e.test_npm_clients import room_and_token
from tests.harness import PATIENCE, ServerProcess, server_process
from tests.rooms.poison import DEEP


def accord(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "accord"), *arguments, "--data", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def log_poison(folder: Path, room: str) -> None:
    """Write it past every check, as an older version without the check would have."""
    with closing(sqlite3.connect(folder / "accord.db")) as database, database:
        database.execute(
            "INSERT INTO updates (room_id, seq, at, person, via, data)"
            " SELECT room_id, max(seq) + 1, max(at), 'mallory', 'socket', ? FROM updates"
            " WHERE room_id = (SELECT id FROM rooms WHERE name = ?)",
            (DEEP, room.split(".")[0]),
        )


async def type_once(server: ServerProcess, made: dict[str, str], words: str, client: int) -> str:
    typist = YClient(f"{server.ws_url}/{made['room']}?token={made['token']}", client)
    await typist.connect()
    await typist.until(lambda: typist.synced)
    counter = await typist.edit(lambda text: text.insert(0, words))
    await typist.until(lambda: typist.saved >= counter)
    await typist.disconnect()
    return str(typist.text)


async def test_an_update_that_ends_the_process_is_quarantined_at_the_next_start(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    with server_process(folder) as server:
        port = int(server.url.rsplit(":", 1)[1])
        bad, good = await room_and_token(server.url), await room_and_token(server.url)
        await type_once(server, bad, "saved before ", 100)
        server.stop()
    log_poison(folder, bad["room"])
    with server_process(folder, port=port) as server:
        await type_once(server, good, "other room ", 101)
        with contextlib.suppress(WebSocketException, OSError, TimeoutError):
            await YClient(f"{server.ws_url}/{bad['room']}?token={bad['token']}", 102).connect()
        assert server.process.wait(PATIENCE) == -11, "the poison is harmless by now: find another"
    with server_process(folder, port=port) as server:
        assert await type_once(server, bad, "and after ", 103) == "and after saved before \n"
        assert "other room" in await type_once(server, good, "again ", 104)
        listed = accord("quarantine", "list", folder=folder)
        assert re.search(r"^1  .*by mallory.*\n1 updates in quarantine", listed.stdout, re.M)
        shown = accord("quarantine", "show", "1", folder=folder).stdout
        assert "nested deeper" in shown
        assert DEEP[:20].hex() in shown
        assert accord("check", str(folder), folder=folder).returncode == 0
        assert accord("quarantine", "drop", "1", folder=folder).returncode == 0
        assert "0 updates in quarantine" in accord("quarantine", "list", folder=folder).stdout
        server.stop()


@pytest.mark.parametrize("arguments", [("show", "7"), ("drop", "7")])
def test_a_number_that_is_not_there_is_said(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with server_process(tmp_path / "data") as server:
        server.stop()
    done = accord("quarantine", *arguments, folder=tmp_path / "data")
    assert done.returncode == 1
    assert "nothing in quarantine has the number 7" in done.stderr
