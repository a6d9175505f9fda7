"""`web.httpprotocol`: a body that is taken comes whole, and what is behind it on its connection is as ever."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

import pytest
import uvicorn
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse

from tests.harness import PATIENCE
from web.bodies import body_of
from web.httpprotocol import LONG_BYTES, HttpProtocol, SocketBody

MIB = 1024 * 1024


class Taker:
    """An application that takes the bodies of its requests. What it is to do is in the query."""

    def __init__(self) -> None:
        self.lost: list[int] = []
        self.gone = threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        wish = {name: int(values[0]) for name, values in parse_qs(request.url.query).items()}
        await asyncio.sleep(wish.get("wait", 0) / 1000)
        answer = await self._read(request, wish)
        await PlainTextResponse(answer, 409 if "most" in wish else 200)(scope, receive, send)

    async def _read(self, request: Request, wish: dict[str, int]) -> str:
        digest, came = hashlib.sha256(), 0
        buffer = memoryview(bytearray(wish.get("buffer", MIB)))
        with body_of(request) as body:
            how = "taken" if isinstance(body, SocketBody) else "asgi"
            try:
                if "cut" in wish and isinstance(body, SocketBody):
                    body._http.transport.abort()
                    await asyncio.sleep(0.05)
                while came < wish.get("most", 2**62) and (count := await body.readinto(buffer)):
                    digest.update(buffer[:count])
                    came += count
                    await asyncio.sleep(wish.get("slow", 0) / 1000)
            except ClientDisconnect:
                self.lost.append(came)
                self.gone.set()
        return f"{how} {came} {digest.hexdigest()}"


class Line:
    """A connection, byte by byte."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self._file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answer(self) -> tuple[int, str]:
        """Read one answer."""
        status = int(self._line().split()[1])
        length = 0
        while line := self._line():
            name, _, value = line.partition(":")
            length = int(value) if name.lower() == "content-length" else length
        return status, self._file.read(length).decode()

    def _line(self) -> str:
        return self._file.readline().decode().rstrip("\r\n")

    def close(self) -> None:
        self._file.close()
        self.socket.close()


@pytest.fixture(scope="module")
def taker() -> Taker:
    return Taker()


@pytest.fixture(scope="module", params=["uvloop", "asyncio"])
def port(request: pytest.FixtureRequest, taker: Taker) -> Iterator[int]:
    """Where the application is served, by both loops."""
    config = uvicorn.Config(
        taker, port=0, http=HttpProtocol, loop=request.param, lifespan="off", log_config=None
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        patient = time.monotonic() + PATIENCE
        while not server.started:
            assert time.monotonic() < patient
            time.sleep(0.01)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    line = Line(port)
    try:
        yield line
    finally:
        line.close()


def head(length: int, query: str = "", *more: str) -> bytes:
    lines = (f"POST /?{query} HTTP/1.1", "Host: here", f"Content-Length: {length}", *more)
    return "\r\n".join((*lines, "", "")).encode()


def read(data: bytes, how: str = "taken") -> tuple[int, str]:
    """Return the answer to a body that came whole."""
    return 200, f"{how} {len(data)} {hashlib.sha256(data).hexdigest()}"


def test_a_long_body_is_taken_and_comes_whole_and_so_do_those_behind_it(port: int) -> None:
    with line_to(port) as line:
        for size, how in (3 * MIB, "taken"), (5, "asgi"), (0, "asgi"), (4 * MIB + 1, "taken"):
            data = os.urandom(size)
            line.send(head(size))
            time.sleep(0.05)  # before it is all there
            line.send(data)
            assert line.answer() == read(data, how)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_it_is_cut_into(port: int, seed: int) -> None:
    """The head in pieces too, the next request at once behind the body, whole buffers and half ones."""
    chance = random.Random(seed)
    bodies = [chance.randbytes(chance.choice((0, 10, LONG_BYTES, MIB, 2 * MIB))) for _ in range(4)]
    queries = [
        f"buffer={chance.choice((1000, 65_536, MIB, 4 * MIB))}&wait={chance.choice((0, 20))}"
        for _ in bodies
    ]
    whole = b"".join(
        head(len(body), query) + body for body, query in zip(bodies, queries, strict=True)
    )
    with line_to(port) as line:
        sending = threading.Thread(target=_send_cut, args=(line, whole, chance))
        sending.start()
        for body in bodies:
            status, text = line.answer()
            assert (status, text.partition(" ")[2]) == (200, read(body)[1].partition(" ")[2])
        sending.join(PATIENCE)


def _send_cut(line: Line, whole: bytes, chance: random.Random) -> None:
    at = 0
    while at < len(whole):
        count = chance.choice((1, 50, 3000, 70_000, 300_000, 1_000_000))
        line.send(whole[at : at + count])
        at += count
        time.sleep(chance.choice((0, 0, 0.002)))


def test_who_reads_slowly_holds_up_who_sends(port: int) -> None:
    data = os.urandom(6 * MIB)
    with line_to(port) as line:
        line.send(head(len(data), "slow=5&buffer=200000") + data)
        assert line.answer() == read(data)


def test_a_sender_that_asks_first_is_told_to_go_on(port: int) -> None:
    data = os.urandom(MIB)
    with line_to(port) as line:
        line.send(head(len(data), "", "Expect: 100-continue"))
        assert line.answer() == (100, "")
        line.send(data)
        assert line.answer() == read(data)


def test_what_nobody_reads_of_a_body_is_dropped_and_the_answer_arrives(port: int) -> None:
    """The sender goes on sending meanwhile, as they do; a connection that was cut off would lose the answer."""
    data, other = os.urandom(20 * MIB), os.urandom(MIB)
    with line_to(port) as line:
        line.send(head(len(data), "most=1&buffer=1000"))
        line.send(data + head(len(other)) + other)
        status, text = line.answer()
        assert (status, text.split()[0]) == (409, "taken")
        assert line.answer()[1].split()[1:] == read(other)[1].split()[1:]


def test_who_goes_in_the_middle_is_noticed_and_what_came_is_there(port: int, taker: Taker) -> None:
    taker.lost.clear()
    taker.gone.clear()
    with line_to(port) as line:
        line.send(head(3 * MIB, "wait=1") + bytes(2 * MIB))
    assert taker.gone.wait(PATIENCE)
    assert taker.lost == [2 * MIB]


def test_a_body_without_a_length_comes_by_asgi(port: int) -> None:
    data = os.urandom(MIB)
    with line_to(port) as line:
        line.send(b"POST / HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(data), data))
        assert line.answer() == read(data, "asgi")


def test_what_stands_behind_a_body_is_no_part_of_it(port: int) -> None:
    data = os.urandom(MIB)
    with line_to(port) as line:
        line.send(head(len(data)) + data + b"no request\r\n\r\n")
        assert line.answer() == read(data)
        assert line.answer()[0] == 400


def test_who_ends_its_connection_with_a_request_may_have_sent_more(port: int) -> None:
    data = os.urandom(MIB)
    with line_to(port) as line:
        line.send(head(len(data)) + data)
        assert line.answer() == read(data)
        line.send(head(0, "", "Connection: close") + b"whatever")
        assert line.answer() == read(b"", "asgi")


def test_a_connection_that_is_cut_off_while_nobody_reads_is_noticed_by_who_reads_next(
    port: int, taker: Taker
) -> None:
    taker.lost.clear()
    taker.gone.clear()
    with line_to(port) as line:
        line.send(head(MIB, "cut=1"))
        assert taker.gone.wait(PATIENCE)
    assert taker.lost == [0]
