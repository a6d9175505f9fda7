"""
A server that is killed or stopped while the bot writes goes on with that run by itself.

`accord serve` and `accord dev-llm` in processes of their own, as in production: nothing of this process helps them.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from collab.document import SUGGESTIONS
from tests.harness import PATIENCE, ServerProcess, api, participant, server_process
from tests.web.people import Client, new_session
from tests.web.wire import peer, room_token

SENTENCES = [
    "The harbour needs a quiet basin.",
    "Cruise ships stay outside.",
    "Buses run on Sundays.",
    "The ferry leaves from the old pier.",
    "Anglers keep the northern mole.",
    "The market stays where it is.",
]

#: Seconds for each token of four characters: half a second for a suggestion.
DELAY = 0.01

Ending = Callable[[ServerProcess], object]
Cut = Callable[[dict[str, Any], list[dict[str, Any]]], bool]


@contextmanager
def dev_llm(delay: float = DELAY) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run ``accord dev-llm``; yield it and its address."""
    accord = shutil.which("accord", path=str(Path(sys.executable).parent)) or "accord"
    line = [accord, "dev-llm", "--port", "0", "--delay", str(delay)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, _address(process.stdout)
        finally:
            process.kill()


def _address(lines: Iterator[str]) -> str:
    for line in lines:
        if found := re.search(r"answers at\s+(\S+)", line):
            return found.group(1)
    raise AssertionError("the stand-in did not start")


@contextmanager
def serving(folder: Path, llm: str, port: int = 0) -> Iterator[ServerProcess]:
    """Run ``accord serve`` with that model."""
    with server_process(
        folder, port=port, ANTHROPIC_API_KEY="anything", ACCORD_MODEL_BASE_URL=llm
    ) as server:
        yield server


async def a_session(server: ServerProcess, script: Client) -> dict[str, Any]:
    """Make a session with one input."""
    session = await new_session(script)
    link = session["invitations"][0]["link"]
    async with participant(server.url, link, "Ana") as (ana, _):
        given = await ana.post(
            f"/api/sessions/{session['id']}/inputs", json={"text": " ".join(SENTENCES)}
        )
        assert given.status_code == 201, given.text
    return session


async def look(script: Client, session: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the last run and all suggestions."""
    run = (await script.get(f"/api/sessions/{session}")).json()["run"]
    found = (await script.get(f"/api/sessions/{session}/suggestions")).json()["suggestions"]
    return run, found


async def until(script: Client, session: str, enough: Cut) -> tuple[dict[str, Any], Any]:
    """Look until it is enough."""
    async with asyncio.timeout(2 * PATIENCE):
        while True:
            run, found = await look(script, session)
            if enough(run, found):
                return run, found
            await asyncio.sleep(0.02)


def ended(run: dict[str, Any], _: list[dict[str, Any]]) -> bool:
    return run["status"] in ("done", "failed")


def in_the_middle(run: dict[str, Any], found: list[dict[str, Any]]) -> bool:
    assert not ended(run, found), "it was too fast to be interrupted"
    return len(found) >= 2


async def room_shows(server: ServerProcess, script: Client, session: dict[str, Any]) -> Any:
    """What somebody is told of suggestions who brings nothing."""
    token = await room_token(script, session["id"])
    async with peer(f"{server.ws_url}/{session['room']}?token={token}") as client:
        return client.document.root_map(SUGGESTIONS).to_py() or {}


async def check_whole(server: ServerProcess, script: Client, session: dict[str, Any]) -> None:
    """Every suggestion is there once, open, with all its words, in the rows as in the room."""
    _, found = await look(script, session["id"])
    assert [one["text"] for one in found] == SENTENCES
    assert {one["status"] for one in found} == {"open"}
    shown = await room_shows(server, script, session)
    assert {ident: (one["text"], one["status"]) for ident, one in shown.items()} == {
        one["id"]: (one["text"], "open") for one in found
    }


@pytest.mark.parametrize("end", [ServerProcess.kill, ServerProcess.stop], ids=["killed", "stopped"])
async def test_a_run_cut_in_the_middle_of_its_stream_goes_on_and_ends_whole(
    end: Ending, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    with dev_llm() as (_, llm):
        with serving(folder, llm) as server:
            port = int(server.url.rsplit(":", 1)[1])
            async with api(server.url) as script:
                session = await a_session(server, script)
                started = (await script.post(f"/api/sessions/{session['id']}/refine")).json()
                _, drafted = await until(script, session["id"], in_the_middle)
            await asyncio.to_thread(end, server)
        assert {one["status"] for one in drafted} == {"drafting"}
        for _ in range(2):  # what has ended stays as it is at the next start
            with serving(folder, llm, port) as server:
                async with api(server.url) as script:
                    run, _ = await until(script, session["id"], ended)
                    assert (run["id"], run["status"]) == (started["id"], "done"), run["message"]
                    await check_whole(server, script, session)
                await asyncio.to_thread(end, server)


async def test_a_stop_that_takes_its_time_does_not_make_the_run_fail(tmp_path: Path) -> None:
    """Rooms are closed at once, requests get ten seconds: the bot must not meet a closed room meanwhile."""
    folder = tmp_path / "data"
    with dev_llm() as (_, llm):
        with serving(folder, llm) as server:
            port = int(server.url.rsplit(":", 1)[1])
            async with api(server.url) as script:
                session = await a_session(server, script)
                await script.post(f"/api/sessions/{session['id']}/refine")
                await until(script, session["id"], in_the_middle)
            _, slow = await asyncio.open_connection("127.0.0.1", port)
            slow.write(b"POST /api/join HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{")
            await slow.drain()
            stopping = asyncio.create_task(asyncio.to_thread(server.stop))
            await asyncio.sleep(300 * DELAY)  # time for some more suggestions
            assert not stopping.done(), "it did not wait"
            slow.close()
            await stopping
        with serving(folder, llm, port) as server:
            async with api(server.url) as script:
                run, _ = await until(script, session["id"], ended)
                assert run["status"] == "done", run["message"]
                await check_whole(server, script, session)


async def test_a_model_that_dies_ends_the_run_and_one_that_is_down_is_said_to_be(
    tmp_path: Path,
) -> None:
    with dev_llm() as (model, llm), serving(tmp_path / "data", llm) as server:
        async with api(server.url) as script:
            session = await a_session(server, script)
            refine = f"/api/sessions/{session['id']}/refine"
            await script.post(refine)
            await until(script, session["id"], in_the_middle)
            model.kill()
            run, found = await until(script, session["id"], ended)
            assert run["status"] == "failed"
            assert "broke off" in run["message"] or "cannot be reached" in run["message"]
            assert found == []
            assert await room_shows(server, script, session) == {}
            assert (await script.post(refine)).status_code == 202
            run, found = await until(script, session["id"], ended)
            assert (run["status"], found) == ("failed", [])
            assert "cannot be reached" in run["message"]
