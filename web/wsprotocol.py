"""
uvicorn's WebSocket protocol with a short way for rooms.

The handshake stays with the ASGI application (sign-in, refusals, sub-protocols). Once a room has taken a socket, its
messages go straight from the parser to the room and its frames straight to the transport: no queue, no task
switch, no pausing of the socket around every message. Sockets nobody takes are plain ASGI as before.

Written against uvicorn 0.54's `websockets_sansio_impl`, which is pinned for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from rooms.broadcast import Frame

logger = logging.getLogger(__name__)

#: Key of the scope extension that offers the socket itself.
EXTENSION = "accord.socket"

#: What RFC 6455 leaves of a control frame for the reason.
_MAX_REASON_BYTES = 123


class Receiver(Protocol):
    """Who takes a socket's messages."""

    def received(self, message: bytes) -> None: ...

    def drained(self) -> None: ...

    def closed(self) -> None: ...


class RoomProtocol(WebSocketsSansIOProtocol):
    """One socket: ASGI until a receiver takes it."""

    _receiver: Receiver | None = None
    _gone: asyncio.Future[None] | None = None

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def take(self, receiver: Receiver) -> asyncio.Future[None]:
        """Give the socket's messages to a receiver; the future is done when the socket is gone."""
        self._receiver = receiver
        self._gone = self.loop.create_future()
        if self.disconnected:
            self._gone.set_result(None)
        return self._gone

    def end(self, code: int, reason: str) -> None:
        """Send a close frame after what is queued, then wait a little for the peer's."""
        if self.close_sent or self.transport.is_closing():
            return
        short = reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
        self.conn.send_close(code, short)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.close)

    def send_receive_event_to_app(self) -> None:
        if self._receiver is None:
            super().send_receive_event_to_app()
            return
        message = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        if self.curr_msg_data_type == "text":
            self._fail(1003, "this server takes binary messages only")
            return
        try:
            self._receiver.received(bytes(message))
        except Exception:
            logger.exception("a room failed on a message", extra={"action": "message_failed"})
            self._fail(1011, "the server failed")

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._receiver is not None:
            self._receiver.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._receiver is not None and self._gone is not None:
            self._receiver.closed()
            if not self._gone.done():
                self._gone.set_result(None)

    def _fail(self, code: int, reason: str) -> None:
        assert self._receiver is not None
        self.end(code, reason)
        self._receiver.closed()


class SocketChannel:
    """The way out of a taken socket (`rooms.broadcast.Channel`): straight to the transport."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: RoomProtocol) -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    def send(self, frame: Frame) -> None:
        """Write a frame, unless the socket is closing."""
        if not self._protocol.close_sent and not self._transport.is_closing():
            self._transport.write(frame.websocket)

    def buffered(self) -> int:
        """Return the bytes the kernel has not taken yet."""
        return self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued."""
        self._protocol.end(code, reason)
