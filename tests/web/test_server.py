"""`web.server` and `web.app`: the order in which everything ends."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from pathlib import Path

from tests.harness import NEW_SESSION, api, running_app, server_process
from tests.web.people import listening
from tests.web.wire import closing_of, peer, room_token


async def test_told_to_stop_it_saves_what_is_under_way_and_says_that_it_comes_back(
    tmp_path: Path,
) -> None:
    with server_process(tmp_path / "data") as server:
        async with api(server.url) as script:
            session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
            token = await room_token(script, session["id"])
            address = f"{server.ws_url}/{session['room']}?token={token}"
            async with peer(address) as writer:
                await writer.write("the last words")
                server.process.terminate()
                assert (await closing_of(writer.socket))[0] == 1012
        port = int(server.url.rsplit(":", 1)[1])
        assert await asyncio.to_thread(server.process.wait, 10) == 0
    with server_process(tmp_path / "data", port=port):
        async with peer(address) as reader:
            assert reader.text == "the last words\n"


async def test_open_event_streams_do_not_keep_it_from_stopping(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        async with api(server.url) as script:
            session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
            async with listening(script, f"/api/sessions/{session['id']}") as events:
                started = time.monotonic()
                server.process.terminate()
                assert [name async for name, _ in events] == ["closing"]
                assert await asyncio.to_thread(server.process.wait, 10) == 0
                assert time.monotonic() - started < 5


async def test_a_started_server_collects_its_garbage_and_leaves_alone_what_was_loaded(
    tmp_path: Path,
) -> None:
    gc.unfreeze()
    try:
        async with running_app(tmp_path / "data"):
            assert gc.isenabled()
            assert gc.get_freeze_count() > 100_000
    finally:
        gc.unfreeze()


def test_a_server_that_nobody_asks_for_a_report_does_not_load_what_makes_them() -> None:
    """Twenty of the 150 MiB that a server at rest may take."""
    program = "import sys, web.app, web.commands.serve; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "web.app" in loaded
    assert not loaded & {"typst", "docx", "lxml", "cryptography", "anthropic", "pymupdf", "alembic"}


async def test_nobody_comes_in_while_it_stops(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app:
        app.services.draining = True
        async with api(app.url) as script:
            assert (await script.get("/health/ready")).json() == {"status": "stopping"}
