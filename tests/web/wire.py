"""A raw client of rooms: real sockets, messages as bytes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from collab import positions
from collab.document import Document
from collab.messages import STEP1, STEP2, SYNC, UPDATE, read_message, sync_message
from collab.wire import read_var_bytes, read_var_uint, write_var_bytes, write_var_uint
from tests.harness import PATIENCE

_client_ids = count(100_000)


class Peer:
    """
    One Yjs client, made of a socket and a document.

    Attributes:
        document: What it has of the room; `write` edits it.
        denials: Reasons of what it was refused.
        states: The last awareness message.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.client_id = next(_client_ids)
        self.document = Document(client_id=self.client_id)
        self.denials: list[str] = []
        self.saved: list[int] = []

    async def sync(self) -> None:
        """Ask for everything and take it in."""
        await self.socket.send(sync_message(STEP1, b"\x00"))
        await self.until(lambda: self.text.endswith("\n"))

    @property
    def text(self) -> str:
        """The statement as this client sees it."""
        return positions.measure(self.document.statement).text

    def edit(self, text: str, at: int = 0) -> bytes:
        """Write into the own document; return the update."""
        return self.document.edit(lambda it: positions.insert(it.statement, at, text))

    async def write(self, text: str) -> bytes:
        """Write, and send it."""
        update = self.edit(text)
        await self.socket.send(sync_message(UPDATE, update))
        return update

    async def ask_saved(self, number: int) -> None:
        """Send the counter of message 102."""
        await self.socket.send(write_var_uint(102) + write_var_bytes(write_var_uint(number)))

    async def step(self) -> bytes:
        """Take one message in and return it."""
        async with asyncio.timeout(PATIENCE):
            message = await self.socket.recv()
        assert isinstance(message, bytes)
        kind, at = read_var_uint(message)
        if kind == SYNC:
            step, at = read_var_uint(message, at)
            payload, _ = read_var_bytes(message, at)
            if step in (STEP2, UPDATE):
                self.document.apply(payload)
        elif kind == 2:
            assert message[1] == 0
            reason, _ = read_var_bytes(message, 2)
            self.denials.append(reason.decode())
        elif kind == 102:
            payload, _ = read_var_bytes(message, at)
            self.saved.append(read_var_uint(payload)[0])
        else:
            read_message(message)
        return message

    async def until(self, done: Callable[[], bool]) -> None:
        """Take messages in until something is true."""
        while not done():
            await self.step()


@asynccontextmanager
async def peer(address: str, **options: Any) -> AsyncIterator[Peer]:
    """Come into a room and have what it has."""
    async with connect(address, max_size=None, **options) as socket:
        found = Peer(socket)
        await found.sync()
        yield found


async def room_token(client: httpx2.AsyncClient, session: str, **fields: Any) -> str:
    """Make a room token."""
    made = await client.post(
        f"/api/sessions/{session}/room-tokens",
        json={"role": "participant", "expires_in": 3600, **fields},
    )
    assert made.status_code == 201, made.text
    return str(made.json()["token"])


async def closing_of(socket: ClientConnection) -> tuple[int, str]:
    """Read until the server closes; return its code and reason."""
    async with asyncio.timeout(PATIENCE):
        try:
            while True:
                await socket.recv()
        except ConnectionClosed as closed:
            return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")


async def refusal(address: str, **options: Any) -> tuple[int, str]:
    """Connect where one may not; return code and reason of the closing."""
    async with connect(address, **options) as socket:
        return await closing_of(socket)


async def received_kinds(messages: Sequence[bytes]) -> list[int]:
    """Return what kinds of messages these are."""
    return [read_var_uint(message)[0] for message in messages]
