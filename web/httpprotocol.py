"""
uvicorn's HTTP protocol with a short way for long bodies.

By ASGI a body is copied four times between the kernel and who reads it, and each 250 KB of it take a turn of parser,
flow control and task. Who has a place for a long body can take it instead (`HttpProtocol.take_body`): the kernel
puts the bytes where they are wanted, and nothing else touches them. All the rest of the request is ASGI as before.

Written against uvicorn 0.54's `httptools_impl`, which is pinned for it.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

import httptools
from starlette.requests import ClientDisconnect
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Key of the scope extension that offers the body itself.
EXTENSION = "accord.body"

#: So much of it must still be to come, or it is not worth the trouble.
LONG_BYTES = 256 * 1024


class HttpProtocol(HttpToolsProtocol):
    """
    One connection. The body of a request can be taken while it comes.

    Attributes:
        coming: Bytes of a body of known length that have not come yet.
    """

    coming = 0
    _dropping = False

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        headers = dict(self.headers)
        self.coming = int(headers.get(b"content-length", b"0"))  # the parser refuses what is none
        if self.coming >= LONG_BYTES and self.cycle is not None and self.cycle.scope is self.scope:
            scope = cast("dict[str, Any]", self.scope)
            scope["extensions"] = {EXTENSION: partial(self.take_body, self.cycle)}

    def on_body(self, body: bytes) -> None:
        self.coming -= len(body)
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        if self._dropping:
            dropped = min(self.coming, len(data))
            self.coming -= dropped
            self._dropping = self.coming > 0
            if dropped == len(data):
                return
            data = data[dropped:]
        super().data_received(data)

    def take_body(self, cycle: RequestResponseCycle) -> SocketBody | None:
        """Give a request's body away; None if it is too late for that, or hardly anything is still to come."""
        if cycle is not self.cycle or self.coming < LONG_BYTES or self.transport.is_closing():
            return None
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.flow.pause_reading()
        come, cycle.body = bytes(cycle.body), bytearray()
        # The old parser waits for the rest of the body; a new one, set up as uvicorn's, is for what is behind it.
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        return SocketBody(self, self.loop, come)

    def take_back(self) -> None:
        """Go on with what comes behind a body that was given away; what nobody has read of it is dropped."""
        if self.transport.is_closing():
            return
        self._dropping = self.coming > 0
        self.transport.set_protocol(self)
        self.flow.resume_reading()


class SocketBody(asyncio.BufferedProtocol):
    """
    A body that is read from its socket (`ingest.bodies.Body`).

    Args:
        http: Whose it is; it gets the socket back with `give_back`.
        come: What has come already.
    """

    def __init__(self, http: HttpProtocol, loop: asyncio.AbstractEventLoop, come: bytes) -> None:
        self._http = http
        self._loop = loop
        self._come = memoryview(come)
        self._buffer = memoryview(b"")
        self._waiter: asyncio.Future[int] | None = None
        self._lost = False
        http.transport.set_protocol(self)

    async def readinto(self, buffer: memoryview, /) -> int:
        """
        Wait until something has come, and put it into the buffer; return how much, 0 at the end.

        Raises:
            ClientDisconnect: If the connection was lost before.
        """
        if self._come:
            count = min(len(buffer), len(self._come))
            buffer[:count] = self._come[:count]
            self._come = self._come[count:]
            return count
        if not self._http.coming:
            return 0
        if self._lost:
            raise ClientDisconnect
        self._buffer = buffer[: self._http.coming]
        self._waiter = self._loop.create_future()
        self._http.transport.resume_reading()
        try:
            return await self._waiter
        finally:
            self._http.transport.pause_reading()
            self._buffer = memoryview(b"")

    def give_back(self) -> None:
        """Read no more."""
        self._http.take_back()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._http.coming -= nbytes
        self._http.transport.pause_reading()  # until its reader says where to go on
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(nbytes)

    def pause_writing(self) -> None:
        self._http.pause_writing()

    def resume_writing(self) -> None:
        self._http.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ClientDisconnect())
        self._http.connection_lost(exc)
