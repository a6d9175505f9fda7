"""Unmodified y-websocket clients from npm, 2.x and 3.x, in Node."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.clients import NPM, Node, node
from tests.harness import NEW_SESSION, PATIENCE, TOKEN, api, running_app, server_process

pytestmark = pytest.mark.usefixtures("npm_clients")

VERSIONS = pytest.mark.parametrize("version", [2, 3])


async def room_and_token(base: str, **wish: Any) -> dict[str, Any]:
    async with api(base) as script:
        session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
        body = {"role": "participant", "expires_in": 600, **wish}
        made = await script.post(f"/api/sessions/{session['id']}/room-tokens", json=body)
        assert made.status_code == 201, made.text
        answer: dict[str, Any] = made.json()
        return answer


async def open_one(js: Node, name: str, version: int, made: dict[str, Any]) -> None:
    await js.call(
        "open",
        name=name,
        version=version,
        url=made["url"],
        room=made["room"],
        params={"token": made["token"]},
    )


async def open_two(js: Node, version: int, made: dict[str, Any]) -> None:
    for name in ("one", "two"):
        await open_one(js, name, version, made)
    for name in ("one", "two"):
        await js.call("synced", name=name)


@VERSIONS
async def test_it_joins_edits_and_sees_who_is_here(version: int, tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url, subject="Node")
        await open_two(js, version, made)
        await js.call("type", name="one", at=0, words="Häfen 😀 ")
        await js.call("textIs", name="two", words="Häfen 😀 \n")
        await js.call("type", name="two", at=-1, words="für alle")
        await js.call("textIs", name="one", words="Häfen 😀 für alle\n")
        await js.call(
            "show", name="one", field="user", value={"name": "Mallory", "color": "#123456"}
        )
        await js.call(
            "show", name="two", field="cursor", value=None
        )  # clock 0 is nobody to y-protocols
        for name in ("one", "two"):
            await js.call("peopleAre", name=name, count=2)
        mine = await js.call("clientId", name="one")
        people = await js.call("people", name="two")
        users = {one["client"]: one.get("user") for one in people}
        assert users[mine] == {
            "id": "guest:Node",
            "name": "Node",
            "role": "participant",
            "color": "#123456",
        }
        await open_one(js, "late", version, made)
        await js.call("show", name="late", field="cursor", value=None)
        for name in ("one", "two", "late"):
            await js.call("peopleAre", name=name, count=3)
        await js.call("destroy", name="one")
        await js.call("peopleAre", name="late", count=2)
        assert await js.call("get", name="two", root="session", key="title") == NEW_SESSION["title"]


@VERSIONS
async def test_the_token_may_come_as_a_sub_protocol(version: int, tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url)
        await js.call(
            "open",
            name="one",
            version=version,
            url=made["url"],
            room=made["room"],
            protocols=[f"accord.{made['token']}"],
        )
        await js.call("synced", name="one")


@VERSIONS
async def test_it_survives_a_restart_of_the_server(version: int, tmp_path: Path) -> None:
    """Same URL, same token; what was written offline meanwhile arrives, once."""
    async with node("clients.mjs") as js:
        with server_process(tmp_path / "data") as server:
            made = await room_and_token(server.url)
            await open_two(js, version, made)
            await js.call("type", name="one", at=0, words="before ")
            await js.call("textIs", name="two", words="before \n")
            port = int(server.url.rsplit(":", 1)[1])
            server.kill()
            await js.call("disconnected", name="one")
            await js.call("type", name="one", at=-1, words="meanwhile ")
        with server_process(tmp_path / "data", port=port):
            await js.call("textIs", name="two", words="before meanwhile \n")
            await js.call("type", name="two", at=-1, words="after")
            await js.call("textIs", name="one", words="before meanwhile after\n")


@VERSIONS
async def test_a_bad_token_is_told_so_and_version_3_stays_away(
    version: int, tmp_path: Path
) -> None:
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url)
        await open_one(js, "bad", version, {**made, "token": "x" * 43})
        closes = await js.call("closes", name="bad", count=1)
        assert closes[0]["code"] == 4401
        if version == 3:
            assert not await js.call("willReconnect", name="bad")
        else:  # it comes back for ever; from the second time on it is stopped before the upgrade
            closes = await js.call("closes", name="bad", count=3)
            assert closes[-1]["code"] == 1006


@VERSIONS
async def test_the_servers_map_is_refused_and_the_client_stays_connected(
    version: int, tmp_path: Path
) -> None:
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url)
        await open_two(js, version, made)
        await js.call("set", name="one", root="session", key="title", value="HACK")
        await js.call("type", name="two", at=0, words="still here")
        await js.call("textIs", name="one", words="still here\n")
        assert await js.call("get", name="two", root="session", key="title") == NEW_SESSION["title"]
        assert await js.call("statuses", name="one") == ["connected"]


@VERSIONS
async def test_an_observer_sees_everything_and_changes_nothing(
    version: int, tmp_path: Path
) -> None:
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url)
        async with api(app.url) as script:
            session = (await script.get("/api/sessions")).json()["sessions"][0]["id"]
            watching = await script.post(
                f"/api/sessions/{session}/room-tokens", json={"role": "observer", "expires_in": 60}
            )
        await open_two(js, version, made)
        await open_one(js, "olga", version, watching.json())
        await js.call("synced", name="olga")
        await js.call("type", name="olga", at=0, words="not allowed ")
        await js.call("type", name="one", at=0, words="allowed")
        await js.call("textIs", name="two", words="allowed\n")
        assert "allowed" in await js.call("text", name="olga")


@VERSIONS
async def test_a_lone_silent_client_is_not_dropped(version: int, tmp_path: Path) -> None:
    """y-websocket ends a connection after 30 s without a message; the server speaks before that."""
    async with running_app(tmp_path / "data") as app, node("clients.mjs") as js:
        made = await room_and_token(app.url)
        await open_two(js, version, made)
        room = app.services.registry.rooms[0]
        loop = asyncio.get_running_loop()
        for connection in room.connections:
            connection.tick(loop.time() + 20)
        await js.call("idle", milliseconds=100)
        assert await js.call("statuses", name="one") == ["connected"]
        assert app.services.registry.options.keep_alive_seconds < 20


async def first_words(stream: asyncio.StreamReader) -> bytes:
    """Return the first line that is not blank; the first change a client sees is the empty statement."""
    while line := await stream.readline():
        if line.strip():
            return line
    return b""


async def test_the_lines_of_room_demo_work_as_they_stand(npm_clients: None, tmp_path: Path) -> None:
    """What `accord room demo` prints, put into a file and run by Node."""
    with server_process(tmp_path / "data") as server:
        port = server.url.rsplit(":", 1)[1]
        accord = Path(sys.executable).parent / "accord"
        printed = await asyncio.to_thread(
            lambda: subprocess.run(
                [accord, "room", "demo", "--port", port, "--data", tmp_path / "data"],
                capture_output=True,
                text=True,
                check=True,
                env={"ACCORD_FACILITATOR_TOKEN": TOKEN, "PATH": "/usr/bin:/bin"},
            )
        )
        script = NPM / "room-demo.tmp.mjs"
        script.write_text(printed.stdout)
        try:
            running = await asyncio.create_subprocess_exec(
                "node", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            assert running.stdout is not None
            async with asyncio.timeout(PATIENCE):
                words = await first_words(running.stdout)
            running.kill()
            _, errors = await running.communicate()
            assert words == b"Hello from my client. \n", errors.decode()
        finally:
            script.unlink()
