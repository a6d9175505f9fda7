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
from time import monotonic
from typing import Any, Protocol

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Opcode
from websockets.frames import Frame as WireFrame

from rooms.broadcast import Frame

logger = logging.getLogger(__name__)

#: Key of the scope extension that offers the socket itself.
EXTENSION = "accord.socket"

#: What RFC 6455 leaves of a control frame for the reason.
_MAX_REASON_BYTES = 123

#: How long a socket that is closed may take to go. Then it is cut off, or a peer that never reads would keep what is
#: queued for it in memory for ever: `transport.close` waits until all is written.
_GOODBYE_SECONDS = 2.0

#: A peer that sends too much is heard out this long, until it pauses: see `RoomProtocol.handle_parser_exception`.
_HEAR_OUT_SECONDS = 30.0
_PAUSE_SECONDS = 0.25


#: What is handed to the parser at once, and how long one socket is read until it is another's turn. The system hands
#: over 256 KB at a time, which may be 20,000 messages.
_SLICE_BYTES = 4 * 1024
_TURN_SECONDS = 0.005


class Receiver(Protocol):
    """Who takes a socket's messages."""

    def received(self, message: bytes) -> None: ...

    def drained(self) -> None: ...

    def closed(self) -> None: ...


class RoomProtocol(WebSocketsSansIOProtocol):
    """One socket: ASGI until a receiver takes it."""

    _receiver: Receiver | None = None
    _gone: asyncio.Future[None] | None = None
    _cut: asyncio.TimerHandle | None = None
    _broken = False
    _unread = b""
    _pause: asyncio.TimerHandle | None = None
    _paused_until = 0.0

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # or uvicorn logs every refusal as a forgotten handshake

    def take(self, receiver: Receiver) -> asyncio.Future[None]:
        """Give the socket's messages to a receiver; the future is done when the socket is gone."""
        self._receiver = receiver
        self._gone = self.loop.create_future()
        if self.disconnected:
            self._leave()
        return self._gone

    def end(self, code: int, reason: str) -> None:
        """Send a close frame after what is queued, then wait a little for the peer's."""
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_close(code, _shortened(reason))
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self._close_after(_GOODBYE_SECONDS)
        self._cut_off_after(2 * _GOODBYE_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._broken:
            self._close_after(_PAUSE_SECONDS)
        elif self._pause is not None:
            self._unread += data
        elif self._receiver is None or len(data) <= _SLICE_BYTES:
            super().data_received(data)
        else:
            self._read(data)

    def pause(self, seconds: float) -> None:
        """Read nothing for so long, or longer if that was said before; what has been read already waits as well."""
        until = self.loop.time() + seconds
        if self._pause is None:
            self.transport.pause_reading()
        elif until <= self._paused_until:
            return
        else:
            self._pause.cancel()
        self._paused_until = until
        self._pause = self.loop.call_later(seconds, self._read_on)

    def _read(self, data: bytes) -> None:
        """Read piece by piece: a pause may come after any, and others have their turn."""
        turn_ends = monotonic() + _TURN_SECONDS
        for start in range(0, len(data), _SLICE_BYTES):
            if monotonic() > turn_ends and self._pause is None:
                self.pause(0.0)
            if self._pause is not None:
                self._unread = data[start:]
                return
            if self._broken or self.close_sent:
                return
            super().data_received(data[start : start + _SLICE_BYTES])

    def _read_on(self) -> None:
        self._pause = None
        data, self._unread = self._unread, b""
        self._read(data)
        if self._pause is None and not self.transport.is_closing():
            self.transport.resume_reading()

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

    def handle_parser_exception(self) -> None:
        """
        End a conversation that breaks RFC 6455.

        A frame over the limit is told as 4413: 1009, which is uvicorn's answer, makes y-websocket send it again for
        ever. What still comes is read and dropped, or the kernel would answer it with a reset, which takes the
        close frame away before the peer has read it.
        """
        if self._receiver is None:
            super().handle_parser_exception()
            return
        output = self.conn.data_to_send()  # the parser's own close frame
        if self.close_sent:
            return
        if isinstance(self.conn.parser_exc, PayloadTooBig):
            limit = self.config.ws_max_size
            close = Close(4413, f"a message may have at most {limit} bytes").serialize()
            output = [WireFrame(Opcode.CLOSE, close).serialize(mask=False)]
        self.transport.write(b"".join(output))
        self.close_sent = self._broken = True
        self._close_after(_PAUSE_SECONDS)
        self._cut_off_after(_HEAR_OUT_SECONDS)
        self._receiver.closed()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._cut_off_after(_GOODBYE_SECONDS)

    def shutdown(self) -> None:
        super().shutdown()
        self._cut_off_after(_GOODBYE_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._receiver is not None:
            self._receiver.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for timer in (self._cut, self._pause):
            if timer is not None:
                timer.cancel()
        self._leave()

    def _leave(self) -> None:
        if self._receiver is not None and self._gone is not None:
            self._receiver.closed()
            if not self._gone.done():
                self._gone.set_result(None)

    def _fail(self, code: int, reason: str) -> None:
        assert self._receiver is not None
        self.end(code, reason)
        self._receiver.closed()

    def _close_after(self, seconds: float) -> None:
        if self.close_timer is not None:
            self.close_timer.cancel()
        self.close_timer = self.loop.call_later(seconds, self.transport.close)

    def _cut_off_after(self, seconds: float) -> None:
        if self._cut is None and not self.disconnected:
            self._cut = self.loop.call_later(seconds, self.transport.abort)


def _shortened(reason: str) -> str:
    return reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")


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

    def pause(self, seconds: float) -> None:
        """Read nothing for so long."""
        self._protocol.pause(seconds)

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued."""
        self._protocol.end(code, reason)
