"""150 people join a document of 20 MB at once and read nothing: it costs one encoding, not 150."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect
from websockets.frames import Frame, Opcode

from collab.document import STATEMENT
from collab.messages import STEP1, STEP2, SYNC, UPDATE, sync_message
from collab.wire import write_var_string
from tests.e2e.test_hostile import forget_peak, make_place, memory
from tests.e2e.typists import Typist
from tests.harness import PATIENCE, server_process
from tests.rooms.poison import one

pytestmark = pytest.mark.alone

JOINERS = int(os.environ.get("ACCORD_TEST_JOINERS", "150"))
DOCUMENT_BYTES = 20 * 1024 * 1024

#: The document as bytes, as a frame, and what the engine needs to make them.
MAX_GROWTH_BYTES = 5 * DOCUMENT_BYTES


async def test_who_joins_in_a_crowd_and_does_not_read_costs_next_to_nothing(tmp_path: Path) -> None:
    with server_process(
        tmp_path / "data",
        ACCORD_MAX_FRAME_BYTES=str(2 * DOCUMENT_BYTES),
        ACCORD_MAX_UPDATE_BYTES=str(2 * DOCUMENT_BYTES),
        ACCORD_MAX_DOCUMENT_BYTES=str(2 * DOCUMENT_BYTES),
        ACCORD_MAX_PERSON_CONNECTIONS="200",
        ACCORD_SLOW_SECONDS="120",
    ) as server:
        place = await make_place(server, "ana", "ben")
        await write_it(place.url("ben"))
        ana = Typist(place.url("ana"), "ana", 0x10)
        await ana.connect()
        await ana.until(lambda: ana.synced)
        before = memory(server)
        forget_peak(server)
        async with crowd(place.url("ben")) as joiners:
            await ana.type_one()
            await ana.all_saved()  # the room lives on
            seen = [await joiner.whole_document() for joiner in joiners]
        grown = memory(server, "VmHWM") - before
        assert len(set(seen)) <= 2, "the document as it was before Ana's word, or after it"
        assert grown < MAX_GROWTH_BYTES, f"{grown >> 20} MB more"
        print(f"\n{JOINERS} joiners of {DOCUMENT_BYTES >> 20} MB: {grown >> 20} MB more")  # noqa: T201
        await ana.disconnect()


async def write_it(url: str) -> None:
    """One update with all of it."""
    struct = b"\x04\x01" + write_var_string(STATEMENT) + write_var_string("x" * DOCUMENT_BYTES)
    async with connect(url, max_size=None) as socket:
        await socket.send(sync_message(UPDATE, one(0x11, 0, struct)))
        await socket.send(b"\x66\x01\x01")
        while await socket.recv() != b"\x66\x01\x01":
            pass


@asynccontextmanager
async def crowd(url: str) -> AsyncIterator[list[Joiner]]:
    """Everybody has asked for the document and reads nothing."""
    joiners = []
    try:
        for _ in range(JOINERS):
            joiners.append(Joiner(url))
            await joiners[-1].join()
        yield joiners
    finally:
        for joiner in joiners:
            joiner.close()


class Joiner:
    """A WebSocket by hand: a client of a library takes half a second to read 20 MB, 150 of them too long."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setblocking(False)

    async def join(self) -> None:
        """Shake hands and send Step 1."""
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self._socket, (self._url.hostname, self._url.port))
        head = (
            f"GET {self._url.path}?{self._url.query} HTTP/1.1\r\nHost: {self._url.netloc}\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await loop.sock_sendall(self._socket, head.encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += await loop.sock_recv(self._socket, 1)
        assert answer.startswith(b"HTTP/1.1 101")
        question = Frame(Opcode.BINARY, sync_message(STEP1, b"\x00")).serialize(mask=True)
        await loop.sock_sendall(self._socket, question)

    async def whole_document(self) -> str:
        """Read on; return the digest of the answer to Step 1."""
        async with asyncio.timeout(PATIENCE):
            while True:
                message = await self._message()
                if message[:2] == bytes((SYNC, STEP2)):
                    assert len(message) > DOCUMENT_BYTES
                    self.close()
                    return sha256(message).hexdigest()

    async def _message(self) -> bytearray:
        _, size = await self._read(2)
        if size > 125:
            size = int.from_bytes(await self._read(2 if size == 126 else 8))
        return await self._read(size)

    async def _read(self, size: int) -> bytearray:
        loop = asyncio.get_running_loop()
        data = bytearray(size)
        left = memoryview(data)
        while left:
            got = await loop.sock_recv_into(self._socket, left)
            assert got, "the server has closed"
            left = left[got:]
        return data

    def close(self) -> None:
        """Go without a word."""
        self._socket.close()
