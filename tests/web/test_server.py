"""`web.server` and `web.app`: the order in which everything ends."""

from __future__ import annotations

import asyncio
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


async def test_nobody_comes_in_while_it_stops(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app:
        app.services.draining = True
        async with api(app.url) as script:
            assert (await script.get("/health/ready")).json() == {"status": "stopping"}
