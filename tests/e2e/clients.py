"""
Clients for tests: one in Python that behaves as y-websocket does, and a Node process that runs the real ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pycrdt import Doc, Text
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode

from collab.document import SEED, STATEMENT
from collab.messages import (
    STEP1,
    STEP2,
    UPDATE,
    Changes,
    SavedQuery,
    Step1,
    read_message,
    sync_message,
)
from collab.wire import read_var_bytes, read_var_uint, write_var_bytes, write_var_uint
from tests.harness import PATIENCE

NPM = Path(__file__).parent / "npm"


class YClient:
    """
    A Yjs client over WebSocket, as y-websocket is one: it syncs, edits also offline, and comes back.

    Attributes:
        doc: Its document.
        saved: The highest counter the server has sent back: edits up to it are on the server's disk.
        synced: Whether the server has answered with what it has.
        denied: Reasons the server gave for not taking an update.
    """

    def __init__(self, url: str, client_id: int) -> None:
        self.url = url
        self.doc: Doc[Any] = Doc(client_id=client_id)
        self.doc.apply_update(SEED)
        self.text: Text = self.doc.get(STATEMENT, type=Text)
        self.saved = 0
        self.synced = False
        self.denied: list[str] = []
        self.close_code: int | None = None
        self._sent = 0
        self._socket: ClientConnection | None = None
        self._reading: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether a socket is open."""
        return self._socket is not None

    async def connect(self) -> None:
        """Open the socket and say hello. Who meets a room that is closing comes again, as any client does."""
        while True:
            socket = await connect(self.url, max_size=None, ping_interval=None)
            try:
                await socket.send(sync_message(STEP1, self.doc.get_state()))
            except ConnectionClosed:
                if socket.close_code != CloseCode.SERVICE_RESTART:
                    raise
                await asyncio.sleep(0.05)
            else:
                break
        self._socket = socket
        self._reading = asyncio.create_task(self._read(socket))

    async def come_back(self) -> None:
        """Connect again if the room was closed under this client."""
        if not self.connected and self.close_code == CloseCode.SERVICE_RESTART:
            await self.connect()

    async def disconnect(self) -> None:
        """Close the socket; edits go on in the document."""
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()
        if self._reading is not None:
            await self._reading

    def abort(self) -> None:
        """Drop the socket without a word, as a network does."""
        socket, self._socket = self._socket, None
        if socket is not None:
            socket.transport.abort()

    async def edit(self, change: Callable[[Text], None]) -> int:
        """Change the text; send it if online. Returns the counter that says it is saved."""
        before = self.doc.get_state()
        with self.doc.transaction():
            change(self.text)
        update = self.doc.get_update(before)
        self._sent += 1
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(sync_message(UPDATE, update))
                await self._ask_saved(self._socket)
        return self._sent

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is true of this client."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _ask_saved(self, socket: ClientConnection) -> None:
        await socket.send(b"\x66" + write_var_bytes(write_var_uint(self._sent)))

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for data in socket:
                assert isinstance(data, bytes)
                await self._take(socket, data)
                self._changed.set()
        except ConnectionClosed:
            pass
        finally:
            if socket.protocol.close_code is not None:
                self.close_code = socket.close_code
            if self._socket is socket:
                self._socket = None
            self._changed.set()

    async def _take(self, socket: ClientConnection, data: bytes) -> None:
        if data[0] == 2:
            reason, _ = read_var_bytes(data, 2)
            self.denied.append(reason.decode())
            return
        match read_message(data):
            case Step1(state_vector):
                await socket.send(sync_message(STEP2, self.doc.get_update(state_vector)))
                if self._sent:
                    await self._ask_saved(socket)
            case Changes(update, answer):
                self.doc.apply_update(update)
                self.synced = self.synced or answer
            case SavedQuery(whole):
                counter, _ = read_var_bytes(whole, 1)
                self.saved = max(self.saved, read_var_uint(counter)[0])


class Node:
    """A Node process that runs one of the scripts in `npm/`, told what to do line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._next = 0
        self._reading = asyncio.create_task(self._read())

    async def call(self, do: str, **arguments: Any) -> Any:
        """Have the script do something and return its answer."""
        self._next += 1
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._answers[self._next] = answer
        line = json.dumps({"id": self._next, "do": do, **arguments})
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        async with asyncio.timeout(4 * PATIENCE):
            return await answer

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            answer = json.loads(line)
            waiting = self._answers.pop(answer["id"])
            if waiting.done():
                continue  # who asked has given up
            if "error" in answer:
                waiting.set_exception(RuntimeError(answer["error"]))
            else:
                waiting.set_result(answer["result"])
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(RuntimeError("the Node process has ended"))

    async def stop(self) -> None:
        """End the process."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def node(script: str) -> AsyncIterator[Node]:
    """Run a script of `npm/`."""
    program = shutil.which("node")
    assert program is not None
    process = await asyncio.create_subprocess_exec(
        program,
        NPM / script,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    running = Node(process)
    try:
        yield running
    finally:
        await running.stop()
