"""
A hostile peer in a process of its own: told by JSON lines on standard input what to do, as the Node clients are.

It comes from 127.0.0.66, with good tokens of its own, and is of low priority: an attacker does not take the
server's processor away. What the attacks are is in `docs/safety.md`.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from collab.awareness import State, read_states, write_states
from collab.document import NOTHING, STATEMENT
from collab.messages import (
    AUTH,
    AWARENESS,
    STEP1,
    STEP2,
    SYNC,
    UPDATE,
    Changes,
    Presence,
    Step1,
    awareness_message,
    read_message,
    sync_message,
)
from collab.structs import read_state_vector, read_update, write_state_vector
from collab.wire import write_var_string, write_var_uint
from tests.rooms.poison import BAD_POSITIONS, POISONS, one, presence

ADDRESS = "127.0.0.66"

_ids = count(0x10000)


@dataclass(slots=True)
class Target:
    """
    Where to.

    Attributes:
        urls: The same room, as several people.
        own: A room nobody else is in.
        seconds: How long to go on.
    """

    urls: list[str]
    own: str
    seconds: float
    told: Counter[str] = field(default_factory=Counter)

    def forever(self) -> Iterator[int]:
        """Count until the time is over."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.seconds
        for number in count():
            if loop.time() > end:
                return
            yield number


class Hostile:
    """One connection of it. It notes what it is told, and what the others let it see."""

    def __init__(self, socket: ClientConnection, told: Counter[str]) -> None:
        self.socket = socket
        self.told = told
        self.clocks: dict[int, int] = {}
        self.people: dict[int, int] = {}
        self._reader = asyncio.create_task(self._read())

    @property
    def closed(self) -> bool:
        """Whether the server has ended it."""
        return self._reader.done()

    async def send(self, *messages: bytes) -> None:
        """Send on, whatever comes of it."""
        with suppress(WebSocketException, TimeoutError):
            for message in messages:
                await asyncio.wait_for(self.socket.send(message), 0.1)  # it may read no more

    async def leave(self) -> None:
        """Vanish; the server may have a lot of ours to read still."""
        self.socket.transport.abort()
        await asyncio.wait({self._reader})

    async def until_told(self, seconds: float = 2.0) -> None:
        """Wait until the server has ended the connection, or for a while."""
        await asyncio.wait({self._reader}, timeout=seconds)

    async def _read(self) -> None:
        with suppress(WebSocketException):
            async for data in self.socket:
                assert isinstance(data, bytes)
                self._note(data)
        if self.socket.protocol.close_rcvd is not None:
            self.told[str(self.socket.close_code)] += 1

    def _note(self, data: bytes) -> None:
        if data[0] == AUTH:
            self.told["denied"] += 1
            return
        if data[0] not in (SYNC, AWARENESS):
            return
        match read_message(data):
            case Step1(vector):
                self.clocks |= read_state_vector(vector)
                self.told["asked"] += 1
            case Changes(update):
                for block in read_update(update).blocks:
                    self.clocks[block.client] = block.end
            case Presence(payload):
                self.people |= {state.client: state.clock for state in read_states(payload)}


@asynccontextmanager
async def hostile(url: str, told: Counter[str], **options: Any) -> AsyncIterator[Hostile]:
    """Come in."""
    try:
        opened = await connect(
            url, max_size=None, ping_interval=None, local_addr=(ADDRESS, 0), **options
        )
    except (WebSocketException, OSError) as exc:
        told[type(exc).__name__] += 1
        await asyncio.sleep(0.05)
        yield Gone()
        return
    peer = Hostile(opened, told)
    try:
        yield peer
    finally:
        await peer.leave()


class Gone(Hostile):
    """The server has not let it in."""

    def __init__(self) -> None:
        self.clocks = {}
        self.people = {}

    @property
    def closed(self) -> bool:
        return True

    async def send(self, *messages: bytes) -> None:
        return

    async def until_told(self, seconds: float = 2.0) -> None:
        return


def forms(data: bytes) -> dict[str, bytes]:
    """Return every message that may carry some bytes."""
    return {
        "update": sync_message(UPDATE, data),
        "step 2": sync_message(STEP2, data),
        "state vector": sync_message(STEP1, data),
        "awareness": awareness_message(data),
        "awareness state": awareness_message(write_states([State(next(_ids), 1, data)])),
        "message": data,
        "sync": b"\x00" + data,
        "payload": b"\x00\x02" + data,
    }


# -- the attacks


async def poisons(target: Target) -> None:
    """K1 to K10 in every form."""
    messages = [
        message
        for poison in POISONS
        for message in forms(poison.data).values()
        if len(message) < 1_000_000
    ]
    for number in target.forever():
        async with hostile(target.urls[number % len(target.urls)], target.told) as peer:
            await peer.send(messages[number % len(messages)])
            await peer.until_told(0.05)


async def gaps(target: Target) -> None:
    """Updates before which something is missing."""
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            client = next(_ids)
            await peer.send(
                sync_message(
                    UPDATE,
                    one(client, 1, b"\x84" + _id(client, 0) + write_var_string("gap")),
                )
            )


async def pending(target: Target) -> None:
    """Updates that build on what nobody has, 200 bytes each."""
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            client = next(_ids)
            words = write_var_string("p" * 170)
            struct = b"\x84" + _id(client + 2**30, 77) + words
            await peer.send(sync_message(UPDATE, one(client, 0, struct)))


async def awareness_flood(target: Target) -> None:
    """Made-up clients, 500 bytes each, a thousand in a message."""
    state = json.dumps({"cursor": "x" * 480}).encode()
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            states = [State(next(_ids), 1, state) for _ in range(1000)]
            await peer.send(awareness_message(write_states(states)))


async def squatting(target: Target) -> None:
    """Speak for the others: say that they left, say other things of them, jump their clocks."""
    async with hostile(target.urls[0], target.told) as peer:
        for number in target.forever():
            for client, clock in list(peer.people.items()):
                for state, jump in ((None, 1), ({"user": {"name": "Mallory"}}, 2), (None, 2**30)):
                    await peer.send(presence(client, clock + jump + number, state))
            await asyncio.sleep(0.005)


async def clock_jumps(target: Target) -> None:
    """Presence clocks at the end of the numbers, of its own ids and of others'."""
    for number in target.forever():
        async with hostile(target.urls[0], target.told) as peer:
            for clock in (1, 2**31 - 1, 2**53 - 1):
                await peer.send(presence(next(_ids), clock, {}), *(
                    presence(client, clock, {}) for client in list(peer.people)
                ))  # fmt: skip
            await peer.until_told(0.02 * (number % 3))


async def forged_ids(target: Target) -> None:
    """Go on writing where honest clients are."""
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            for client, clock in list(peer.clocks.items()):
                struct = b"\x84" + _id(client, clock - 1) + write_var_string("EVIL")
                await peer.send(sync_message(UPDATE, one(client, clock, struct)))
            await asyncio.sleep(0.005)


async def big_frames(target: Target) -> None:
    """Frames of one byte too much, and of 20 MB."""
    for number in target.forever():
        async with hostile(target.urls[0], target.told) as peer:
            await peer.send(b"\x00\x02" + bytes((1024 * 1024 - 1, 20_000_000)[number % 2]))
            await peer.until_told()


async def slow_readers(target: Target) -> None:
    """Ask for everything, again and again, and read nothing."""
    peers = []
    for url in target.urls:
        with suppress(WebSocketException, OSError):
            deaf = await connect(url, max_queue=1, local_addr=(ADDRESS, 0), ping_interval=None)
            deaf.transport.pause_reading()
            peers.append(deaf)
    question = sync_message(STEP1, b"\x00")
    for _ in target.forever():
        for deaf in peers:
            with suppress(WebSocketException, TimeoutError):
                await asyncio.wait_for(deaf.send(question), 0.05)
    for deaf in peers:
        deaf.transport.abort()


async def handshakes(target: Target) -> None:
    """Connections as fast as possible: good ones, bad tokens, rooms that are not there."""
    bad = [
        target.urls[0],
        target.urls[0][:-4] + "0000",
        target.urls[0].replace("/yjs/", "/yjs/x"),
        target.urls[0].replace("?", "?x="),
    ]

    async def storm(which: str) -> None:
        for _ in target.forever():
            async with hostile(which, target.told) as peer:
                await peer.until_told(0.0)

    await asyncio.gather(*(storm(url) for url in bad * 3))


async def half_open(target: Target) -> None:
    """Sockets that say nothing, half a request, half a frame; sockets that vanish."""
    host, port = urlsplit(target.urls[0]).netloc.split(":")
    beginnings = [
        b"",
        b"GET /yjs/x HTTP/1.1\r\nHost: x\r\n",
        b"\x82\xfe",
        b"POST /api/join HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{",
    ]
    kept: list[socket.socket] = []
    for number in target.forever():
        if number < 400:
            raw = socket.create_connection((host, int(port)), source_address=(ADDRESS, 0))
            raw.sendall(beginnings[number % len(beginnings)])
            kept.append(raw)
        if number % 4 == 0:
            with suppress(WebSocketException, OSError):
                gone = await connect(target.urls[0], local_addr=(ADDRESS, 0))
                gone.transport.write(b"\x82\xfe")  # the beginning of a frame
                gone.transport.abort()
        await asyncio.sleep(0.002)
    for raw in kept:
        raw.close()


async def questions(target: Target) -> None:
    """Step 1 with another state vector every time: no answer can be used twice."""

    async def ask(url: str) -> None:
        async with hostile(url, target.told) as peer:
            await asyncio.sleep(0.1)
            vector = dict(list(peer.clocks.items())[:200])
            for number in target.forever():
                vector[2**40 + number % 1000] = number + 1
                await peer.send(sync_message(STEP1, write_state_vector(vector)))

    await asyncio.gather(*(ask(url) for url in target.urls))


async def deep_json(target: Target) -> None:
    """Deep JSON in embeds and in presence, deep values, NaN."""
    texts = ["[" * depth + "]" * depth for depth in (65, 500, 5000, 100_000)] + ["NaN", "1e999999"]
    for number in target.forever():
        text = texts[number % len(texts)]
        struct = b"\x05\x01" + write_var_string(STATEMENT) + write_var_string(text)
        async with hostile(target.urls[0], target.told) as peer:
            state = write_states([State(next(_ids), 1, text.encode())])
            update = sync_message(UPDATE, one(next(_ids), 0, struct))
            await peer.send(*((update,) if number % 2 else (awareness_message(state),)))
            await peer.until_told(0.05)


async def sub_documents(target: Target) -> None:
    """Documents in the document."""
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            struct = b"\x29\x01" + write_var_string("comments") + write_var_string("k")
            struct += write_var_string("guid") + b"\x76\x00"
            await peer.send(sync_message(UPDATE, one(next(_ids), 0, struct)))


async def long_numbers(target: Target) -> None:
    """Numbers of 150 kB, wherever a number stands."""
    endless = b"\xff" * 150_000 + b"\x01"
    messages = [*forms(endless).values(), b"\x00\x02\x03" + endless, b"\x66" + endless]
    for number in target.forever():
        async with hostile(target.urls[0], target.told) as peer:
            await peer.send(messages[number % len(messages)])
            await peer.until_told(0.2)


async def crowds(target: Target) -> None:
    """Letters of thousands of clients at one place, each of which has to pass those before it."""
    async with hostile(target.urls[0], target.told) as peer:
        for number in target.forever():
            clients = [next(_ids) for _ in range((100, 1000, 8000)[number % 3])]
            letter = b"\x44" + _id(1, 0) + b"\x01x"
            blocks = [b"\x01" + _id(client, 0) + letter for client in reversed(clients)]
            update = write_var_uint(len(blocks)) + b"".join(blocks) + b"\x00"
            await peer.send(sync_message(UPDATE, update))
            await asyncio.sleep(0.25)


async def big_updates(target: Target) -> None:
    """256 KiB of text at a time, as fast as it goes, into the room the others are in."""
    await _write_on(target, target.urls[0])


async def fill(target: Target) -> None:
    """The same in a room of its own, until it is full."""
    await asyncio.gather(*(_write_on(target, target.own) for _ in range(3)))


async def _write_on(target: Target, url: str) -> None:
    client, clock = next(_ids), 0
    text = "f" * (256 * 1024 - 64)
    async with hostile(url, target.told) as peer:
        for _ in target.forever():
            head = b"\x84" + _id(client, clock - 1) if clock else b"\x04\x01" + _ROOT
            update = one(client, clock, head + write_var_string(text))
            await peer.send(sync_message(UPDATE, update))
            clock += len(text)
            if peer.closed:
                break


async def small_talk(target: Target) -> None:
    """Counters, questions who is here, rubbish, text frames: as many as go."""
    async with hostile(target.urls[0], target.told) as peer:
        for _ in target.forever():
            await peer.send(b"\x03", b"\x66\x01\x05", sync_message(UPDATE, NOTHING))
    async with hostile(target.urls[0], target.told) as peer:
        await peer.socket.send("words")
        await peer.until_told()


async def bad_positions(target: Target) -> None:
    """K9: relative positions that are none, in presence and in comments."""
    async with hostile(target.urls[0], target.told) as peer:
        client = next(_ids)
        for number in target.forever():
            bad = BAD_POSITIONS[number % len(BAD_POSITIONS)]
            await peer.send(
                presence(client, number + 1, {"cursor": {"anchor": bad, "head": bad}}),
                sync_message(UPDATE, comment_at(next(_ids), bad)),
            )
            await asyncio.sleep(0.01)


def comment_at(client: int, position: object) -> bytes:
    """Return a comment in the shared map whose place is whatever it is."""
    value = b"\x01\x77" + write_var_string(json.dumps(position))
    where = b"\x28\x00" + _id(client, 0)
    return one(
        client,
        0,
        b"\x27\x01" + write_var_string("comments") + write_var_string(f"c{client}") + b"\x01",
        *(where + write_var_string(key) + value for key in ("start", "end", "text", "author")),
    )


_ROOT = write_var_string(STATEMENT)


def _id(client: int, clock: int) -> bytes:
    return write_var_uint(client) + write_var_uint(clock)


ATTACKS: dict[str, Callable[[Target], Awaitable[None]]] = {
    attack.__name__: attack
    for attack in (
        poisons,
        gaps,
        pending,
        awareness_flood,
        squatting,
        clock_jumps,
        forged_ids,
        big_frames,
        slow_readers,
        handshakes,
        half_open,
        questions,
        deep_json,
        sub_documents,
        long_numbers,
        bad_positions,
        small_talk,
        crowds,
        big_updates,
        fill,
    )
}


async def main() -> None:
    """Attack as told."""
    os.nice(10)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        target = Target(order["urls"], order["own"], order["seconds"])
        answer: dict[str, Any] = {"id": order["id"]}
        try:
            await ATTACKS[order["do"]](target)
            answer["result"] = target.told
        except Exception as exc:
            answer["error"] = f"{type(exc).__name__}: {exc}"
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
