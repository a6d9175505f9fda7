"""A socket in a room, over real sockets: what goes out stays whole and in order, who is not there is found out."""

from __future__ import annotations

import asyncio
import socket
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import pytest
import uvloop
from websockets.client import ClientProtocol
from websockets.frames import Frame as WireFrame
from websockets.protocol import State
from websockets.uri import parse_uri

from rooms.broadcast import Frame
from tests.harness import PATIENCE
from web.roomsocket import PING_SECONDS, RoomSocket


@dataclass
class Room:
    """Takes what comes."""

    messages: list[bytes] = field(default_factory=list)
    drains: int = 0
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def received(self, message: bytes) -> None:
        self.messages.append(message)
        self.came.set()

    def drained(self) -> None:
        self.drains += 1

    def closed(self) -> None:
        self.gone.set()


class Peer:
    """The other end: websockets' own protocol on a socket."""

    def __init__(self, raw: socket.socket) -> None:
        self.raw = raw
        self.protocol = ClientProtocol(parse_uri("ws://x/"), state=State.OPEN, max_size=None)

    async def flush(self) -> None:
        for data in self.protocol.data_to_send():
            await asyncio.get_running_loop().sock_sendall(self.raw, data)

    async def frames(self, count: int) -> list[WireFrame]:
        """Read until so many frames have come."""
        found: list[WireFrame] = []
        async with asyncio.timeout(PATIENCE):
            while len(found) < count:
                data = await asyncio.get_running_loop().sock_recv(self.raw, 1 << 16)
                if not data:
                    self.protocol.receive_eof()
                    break
                self.protocol.receive_data(data)
                found += [e for e in self.protocol.events_received() if isinstance(e, WireFrame)]
        return found


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def runner(request: pytest.FixtureRequest) -> asyncio.Runner:
    """Both loops: they write, and let go, in ways of their own."""
    return asyncio.Runner(loop_factory=request.param)


@asynccontextmanager
async def conversation(limit: int = 1 << 20) -> AsyncIterator[tuple[Peer, RoomSocket, Room]]:
    """A room's socket and its peer."""
    loop = asyncio.get_running_loop()
    near, far = socket.socketpair()
    far.setblocking(False)
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=near)
    here, room = RoomSocket(transport, loop, limit, set()), Room()
    here.hand_to(room)
    try:
        yield Peer(far), here, room
    finally:
        transport.abort()
        far.close()


def test_what_the_kernel_does_not_take_at_once_comes_whole_and_in_order(
    runner: asyncio.Runner,
) -> None:
    async def run() -> None:
        async with conversation() as (peer, here, room):
            sent = [bytes((number,)) * 50_000 for number in range(100)]
            waiting = [here.send(Frame(one)) for one in sent]
            assert waiting[0] == 0
            assert waiting[-1] > 0
            assert waiting[-1] == here.buffered()
            assert [one.data for one in await peer.frames(100)] == sent
            await asyncio.sleep(0)
            here.send(Frame(b"and on"))
            assert (await peer.frames(1))[0].data == b"and on"
            assert room.drains >= 1

    with runner:
        runner.run(run())


def test_what_many_do_not_read_is_kept_once_for_all() -> None:
    async def run() -> None:
        frame = Frame(bytes(4 << 20))
        async with AsyncExitStack() as stack:
            sockets = [(await stack.enter_async_context(conversation()))[1] for _ in range(8)]
            tracemalloc.start()
            try:
                waiting = [here.send(frame) for here in sockets]
                await asyncio.sleep(0)
                kept, _ = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert min(waiting) > len(frame) // 2, "the kernel took most of it"
            assert kept < len(frame) // 2

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_a_ping_is_answered_between_messages_and_inside_of_one(runner: asyncio.Runner) -> None:
    async def run() -> None:
        async with conversation() as (peer, _, room):
            peer.protocol.send_binary(b"one")
            peer.protocol.send_ping(b"here?")
            peer.protocol.send_binary(b"tw", fin=False)
            peer.protocol.send_ping(b"still?")
            peer.protocol.send_continuation(b"o", fin=True)
            await peer.flush()
            found = await peer.frames(2)
            assert [(one.opcode.name, bytes(one.data)) for one in found] == [
                ("PONG", b"here?"),
                ("PONG", b"still?"),
            ]
            assert room.messages == [b"one", b"two"]

    with runner:
        runner.run(run())


def test_who_answers_pings_stays_and_who_does_not_is_closed(runner: asyncio.Runner) -> None:
    async def run() -> None:
        async with conversation() as (peer, here, room):
            now = monotonic() + PING_SECONDS
            here.tick(now)
            here.tick(now + 1)
            assert [one.opcode.name for one in await peer.frames(1)] == ["PING"]
            peer.protocol.send_binary(b"after the pong")  # websockets has answered the ping
            await peer.flush()
            await room.came.wait()
            here.tick(now + PING_SECONDS)
            assert [one.opcode.name for one in await peer.frames(1)] == ["PING"]
            here.tick(now + 2 * PING_SECONDS)
            (close,) = await peer.frames(1)
            assert close.opcode.name == "CLOSE"
            assert bytes(close.data)[:2] == (1011).to_bytes(2, "big")
            await room.gone.wait()

    with runner:
        runner.run(run())


def test_a_goodbye_goes_both_ways_whoever_says_it_first(runner: asyncio.Runner) -> None:
    async def run() -> None:
        async with conversation() as (peer, _, room):
            peer.protocol.send_close(1000, "bye")
            await peer.flush()
            (close,) = await peer.frames(1)
            assert bytes(close.data)[:2] == (1000).to_bytes(2, "big")
            await room.gone.wait()
        async with conversation() as (peer, here, room):
            here.close(4401, "go")
            here.send(Frame(b"too late"))
            (close,) = await peer.frames(1)
            assert bytes(close.data) == (4401).to_bytes(2, "big") + b"go"
            peer.raw.send(bytes.fromhex("828000000000"))  # not heard any more
            await peer.flush()
            await peer.frames(1)
            await room.gone.wait()
            assert room.messages == []
            assert here.gone

    with runner:
        runner.run(run())


def test_after_its_end_nothing_is_written_to_whoever_has_the_number_now(
    runner: asyncio.Runner,
) -> None:
    async def run() -> None:
        async with conversation() as (peer, here, room):
            peer.raw.shutdown(socket.SHUT_RDWR)
            await room.gone.wait()
            await asyncio.sleep(0)
            pairs = [socket.socketpair() for _ in range(20)]  # one of them has the old number
            assert here.send(Frame(b"to nobody")) == 0
            ends = [end for pair in pairs for end in pair]
            for end in ends:
                end.setblocking(False)
                with pytest.raises(BlockingIOError):
                    end.recv(1)
            for end in ends:
                end.close()

    with runner:
        runner.run(run())
