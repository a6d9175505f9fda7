"""`web.bodies`: long uploads from their sockets, through the whole server; byte by byte: `test_httpprotocol`."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import Request

from ingest.bodies import Pieces
from ingest.uploadwriter import BUFFER_BYTES
from tests.harness import NEW_SESSION, PATIENCE, TOKEN, RunningApp, api, running_app
from web.bodies import body_of
from web.httpprotocol import SocketBody

MIB = 1024 * 1024
TUS = {"tus-resumable": "1.0.0"}


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[RunningApp]:
    async with running_app(tmp_path / "data") as app:
        yield app


@pytest.fixture
async def script(app: RunningApp) -> AsyncIterator[httpx2.AsyncClient]:
    async with api(app.url) as script:
        yield script


async def _begin(script: httpx2.AsyncClient, size: int) -> str:
    session = (await script.post("/api/sessions", json=NEW_SESSION)).json()["id"]
    made = await script.post(
        f"/api/sessions/{session}/uploads", headers={**TUS, "upload-length": str(size)}
    )
    return str(made.headers["location"])


async def _offset(script: httpx2.AsyncClient, url: str) -> int:
    return int((await script.head(url, headers=TUS)).headers["upload-offset"])


async def _until(script: httpx2.AsyncClient, url: str, at_least: int) -> int:
    """Wait until so much of an upload is in its file."""
    async with asyncio.timeout(PATIENCE):
        offset = await _offset(script, url)
        while offset < at_least:
            await asyncio.sleep(0.01)
            offset = await _offset(script, url)
    return offset


@asynccontextmanager
async def _sending(
    app: RunningApp, url: str, at: int, data: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Send the head for all of it, and what there is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(app.url).port)
    lines = (
        f"PATCH {url} HTTP/1.1",
        "Host: here",
        f"Authorization: Bearer {TOKEN}",
        "Tus-Resumable: 1.0.0",
        "Content-Type: application/offset+octet-stream",
        f"Upload-Offset: {at}",
        f"Content-Length: {8 * MIB - at}",
    )
    writer.write("\r\n".join((*lines, "", "")).encode() + data)
    try:
        yield reader, writer
    finally:
        writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    async with asyncio.timeout(PATIENCE):
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line[15:])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        await reader.readexactly(length)
    return int(head.split()[1])


async def test_all_that_came_before_a_line_broke_is_kept_and_it_goes_on_from_there(
    app: RunningApp, script: httpx2.AsyncClient
) -> None:
    data = os.urandom(8 * MIB)
    url = await _begin(script, len(data))
    sent = 5 * MIB + 17
    async with _sending(app, url, 0, data[:sent]) as (_, writer):
        await writer.drain()
        whole = sent // BUFFER_BYTES * BUFFER_BYTES
        assert await _until(script, url, whole) == whole, "the rest waits for its buffer to fill"
    assert await _until(script, url, sent) == sent
    async with _sending(app, url, sent, data[sent:]) as (reader, _):
        assert await _status(reader) == 204
    document = url.replace("/uploads/", "/documents/")
    got = await script.get(f"{document}/file")
    assert hashlib.sha256(got.content).digest() == hashlib.sha256(data).digest()


async def test_who_is_interrupted_is_told_so_and_all_that_came_is_kept(
    app: RunningApp, script: httpx2.AsyncClient
) -> None:
    url = await _begin(script, 8 * MIB)
    data = os.urandom(3 * MIB)
    async with _sending(app, url, 0, data) as (reader, _):
        await _until(script, url, 2 * MIB)
        async with _sending(app, url, 0, b"") as (other, _):
            assert await _status(other) == 409
        assert await _status(reader) == 423
        assert await reader.read() == b""
    assert await _offset(script, url) == len(data)


async def test_a_body_that_is_not_offered_comes_by_asgi() -> None:
    async def receive() -> Any:
        return {"type": "http.request", "body": b"whole", "more_body": False}

    with body_of(Request({"type": "http", "method": "POST", "headers": []}, receive)) as body:
        assert isinstance(body, Pieces)
        assert not isinstance(body, SocketBody)
        assert await body.readinto(memoryview(bytearray(10))) == 5
