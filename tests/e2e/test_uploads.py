"""The real tus-js-client against the real server: bad lines, killed servers, parts, and what is refused."""

from __future__ import annotations

import asyncio
import hashlib
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.clients import Node, node
from tests.harness import NEW_SESSION, PATIENCE, TOKEN, api, running_app, server_process

pytestmark = pytest.mark.usefixtures("npm_clients")

MIB = 1024 * 1024


@dataclass(slots=True)
class Client:
    """One browser with a file to send."""

    js: Node
    http: httpx2.AsyncClient
    path: str
    file: Path

    async def start(self, name: str = "one", **wish: Any) -> None:
        await self.js.call(
            "start",
            name=name,
            endpoint=f"{self.http.base_url}{self.path}/uploads".replace("//api", "/api"),
            path=str(self.file),
            headers={"authorization": f"Bearer {TOKEN}"},
            metadata={"filename": "Bericht 港.txt", "visibility": "session"},
            **wish,
        )

    async def over(self, name: str = "one") -> dict[str, Any]:
        found: dict[str, Any] = await self.js.call("over", name=name)
        return found

    async def documents(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.http.get(f"{self.path}/documents")).json()[
            "documents"
        ]
        return found

    async def check_arrived(self) -> None:
        """The server has one document, byte by byte the file."""
        (document,) = await self.documents()
        assert (document["name"], document["visibility"]) == ("Bericht 港.txt", "session")
        got = await self.http.get(f"{self.path}/documents/{document['id']}/file")
        assert hashlib.sha256(got.content).digest() == _digest(self.file)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _text(path: Path, size: int) -> Path:
    words = [f"word{number} " for number in range(5000)]
    made = "".join(random.Random(1).choices(words, k=size // 8)).encode()
    path.write_bytes((made * 2)[:size])
    return path


@asynccontextmanager
async def client(base: str, folder: Path, size: int) -> AsyncIterator[Client]:
    async with node("tus.mjs") as js, api(base) as http:
        session = (await http.post("/api/sessions", json=NEW_SESSION)).json()
        file = _text(folder / "file.txt", size)
        yield Client(js, http, f"/api/sessions/{session['id']}", file)


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"chunk": 300_000},
        {"withBody": True},
        {"withBody": True, "chunk": 700_000},
        {"deferred": True, "chunk": 400_000},
        {"parallel": 4},
    ],
    ids=["whole", "in chunks", "with creation", "both", "length unknown", "in parallel parts"],
)
async def test_a_file_arrives_byte_by_byte(tmp_path: Path, wish: dict[str, Any]) -> None:
    async with running_app(tmp_path / "data") as app, client(app.url, tmp_path, 3 * MIB) as one:
        await one.start(**wish)
        assert (await one.over())["error"] is None
        await one.check_arrived()


async def test_an_empty_file_arrives_too(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, client(app.url, tmp_path, 0) as one:
        await one.start()
        assert (await one.over())["error"] is None
        await one.check_arrived()


async def test_an_upload_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, client(app.url, tmp_path, 8 * MIB) as one:
        await one.start(chunk=MIB)
        url = await one.js.call("progressed", name="one", bytes=3 * MIB)
        await one.js.call("abort", name="one")
        assert await one.documents() == []
        await one.start("again", url=url)
        over = await one.over("again")
        assert over["error"] is None
        assert over["requests"][0] == "HEAD"
        await one.check_arrived()


async def test_a_piece_that_arrives_changed_is_refused_and_sent_again(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, client(app.url, tmp_path, 4 * MIB) as one:
        await one.start(chunk=MIB, checksum=True, wrongAt=2 * MIB)
        over = await one.over()
        assert over["error"] is not None, "without a second try it ends there"
        assert over["status"] == 460
        kept = await one.http.head(over["url"], headers={"tus-resumable": "1.0.0"})
        assert int(kept.headers["upload-offset"]) == 2 * MIB
        await one.start(
            "again", chunk=MIB, checksum=True, wrongAt=3 * MIB, url=over["url"], delays=[1]
        )
        over = await one.over("again")
        assert over["error"] is None
        assert over["requests"] == ["HEAD", "PATCH", "PATCH", "HEAD", "PATCH"]
        await one.check_arrived()


async def test_an_upload_that_is_given_up_leaves_nothing(tmp_path: Path) -> None:
    async with running_app(tmp_path / "data") as app, client(app.url, tmp_path, 8 * MIB) as one:
        await one.start(chunk=MIB)
        url = await one.js.call("progressed", name="one", bytes=2 * MIB)
        await one.js.call("abort", name="one", terminate=True)
        gone = await one.http.head(url, headers={"tus-resumable": "1.0.0"})
        assert gone.status_code == 404
        assert list((tmp_path / "data" / "uploads").iterdir()) == []


async def test_a_killed_server_goes_on_where_it_was_and_no_byte_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    port = _free_port()
    with server_process(folder, port=port) as first:
        async with client(first.url, tmp_path, 60 * MIB) as one:
            await one.start(chunk=2 * MIB, delays=[100] * 600)
            await one.js.call("progressed", name="one", bytes=20 * MIB)
            await asyncio.to_thread(first.kill)
            with server_process(folder, port=port):
                over = await one.over()
                assert over["error"] is None
                assert over["requests"].count("HEAD") >= 1
                await one.check_arrived()
                ended = await _ended(one)
                assert (ended["status"], ended["reason"]) == ("failed", "excessive")


async def test_a_server_killed_after_the_last_byte_reads_the_file_when_it_is_back(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "data"
    port = _free_port()
    with server_process(folder, port=port) as first:
        async with client(first.url, tmp_path, 2 * MIB) as one:
            await one.start()
            assert (await one.over())["error"] is None
            await asyncio.to_thread(first.kill)
            with server_process(folder, port=port):
                await one.check_arrived()
                assert (await _ended(one))["status"] == "ready"
                assert len(await one.documents()) == 1


@pytest.mark.parametrize(
    ("settings", "status"),
    [({"max_file_bytes": MIB}, 413), ({"session_files_bytes": MIB}, 413)],
    ids=["one file", "all files"],
)
async def test_what_does_not_fit_is_refused_before_it_is_sent(
    tmp_path: Path, settings: dict[str, int], status: int
) -> None:
    async with (
        running_app(tmp_path / "data", **settings) as app,
        client(app.url, tmp_path, 3 * MIB) as one,
    ):
        await one.start()
        over = await one.over()
        assert over["status"] == status
        assert over["requests"] == ["POST"]


async def _ended(one: Client) -> dict[str, Any]:
    """Wait until the document is ready or failed."""
    async with asyncio.timeout(2 * PATIENCE):
        while (found := (await one.documents())[0])["status"] not in ("ready", "failed"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
