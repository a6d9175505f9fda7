"""
One socket in a room: RFC 6455 with as little as a silent connection can do with.

A message goes straight from the socket to the room, a frame straight to the kernel: no queue, no task, no timer and no
request of the handshake is held while the connection lives. What nearly all clients send is read here: whole binary
frames, pings and pongs. Everything else, and whatever is wrong, is left to websockets' parser, made when it is needed.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from time import monotonic
from typing import Protocol

from websockets.exceptions import PayloadTooBig
from websockets.frames import Close, Opcode
from websockets.frames import Frame as WireFrame
from websockets.protocol import State
from websockets.server import ServerProtocol

from rooms.broadcast import Frame
from web.wsframes import Frames, unmasked

logger = logging.getLogger(__name__)

#: What RFC 6455 leaves of a control frame for the reason.
_MAX_REASON_BYTES = 123

#: How long a socket that is closed may take to go. Then it is cut off, or a peer that never reads would keep what is
#: queued for it in memory for ever: `transport.close` waits until all is written.
_GOODBYE_SECONDS = 2.0

#: A peer that sends too much is heard out this long, until it pauses: see `RoomSocket._broken_off`.
_HEAR_OUT_SECONDS = 30.0
_PAUSE_SECONDS = 0.25

#: How long one socket is read until it is another's turn. The system hands over 256 KB at a time, which may be 20,000
#: messages.
_TURN_SECONDS = 0.005

#: Half-open sockets are found after at most twice this.
PING_SECONDS = 20.0

_PLAIN, _PING, _PONG = 0x82, 0x89, 0x8A
_HEAD_BYTES = 6
_SHORT = 126

_write = os.write

#: A ping needs no payload: who answers at all is there.
_PING_FRAME = bytes((_PING, 0))


class Receiver(Protocol):
    """Who takes a socket's messages."""

    def received(self, message: bytes) -> None: ...

    def drained(self) -> None: ...

    def closed(self) -> None: ...


class RoomSocket(asyncio.Protocol):
    """
    A socket after its handshake, and the way out of it (`rooms.broadcast.Channel`).

    Args:
        transport: Its protocol is this from now on.
        loop: The loop it is on.
        max_bytes: One message.
        others: All sockets of the server, for its end.
        parser: The parser of the handshake, if it may be in the middle of a frame.
    """

    __slots__ = (
        "_buffered",
        "_closing",
        "_fd",
        "_fragments",
        "_frames",
        "_loop",
        "_max_bytes",
        "_others",
        "_parser",
        "_pause",
        "_paused_until",
        "_pinged",
        "_pinged_at",
        "_receiver",
        "_timers",
        "_transport",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        loop: asyncio.AbstractEventLoop,
        max_bytes: int,
        others: set[RoomSocket],
        parser: ServerProtocol | None = None,
    ) -> None:
        self._transport = transport
        self._buffered = transport.get_write_buffer_size
        self._fd = _descriptor(transport)
        self._loop = loop
        self._max_bytes = max_bytes
        self._others = others
        self._receiver: Receiver | None = None
        self._frames = Frames(max_bytes)
        self._parser = parser
        self._frames.strange = parser is not None
        self._fragments: tuple[int, list[bytes]] | None = None
        self._closing = False
        self._pause: asyncio.TimerHandle | None = None
        self._paused_until = 0.0
        self._pinged = False
        self._pinged_at = monotonic()
        self._timers: dict[str, asyncio.TimerHandle] | None = None
        others.add(self)
        transport.set_protocol(self)

    def hand_to(self, receiver: Receiver) -> None:
        """Give what comes to a receiver."""
        self._receiver = receiver

    # -- the way out

    def send(self, frame: Frame) -> int:
        """
        Write a frame, unless the socket is closing; return how many bytes the kernel has not taken yet.

        While nothing waits, straight to the kernel: a transport would wait for the end of the loop's turn to do so.
        """
        data: bytes | memoryview = frame.websocket
        if self._fd >= 0 and not self._buffered():
            try:
                sent = _write(self._fd, data)
            except BlockingIOError:
                sent = 0
            except OSError:
                return 0  # the transport finds out for itself
            if sent == len(data):
                return 0
            data = memoryview(data)[sent:]  # shared: who reads slowly gets no copy
        if not self._closing and not self._transport.is_closing():
            self._transport.write(data)
        return self._buffered()

    def buffered(self) -> int:
        """Return the bytes the kernel has not taken yet."""
        return self._buffered()

    def pause(self, seconds: float) -> None:
        """Read nothing for so long, or longer if that was said before; what has been read already waits as well."""
        until = self._loop.time() + seconds
        if self._pause is None:
            self._transport.pause_reading()
        elif until <= self._paused_until:
            return
        else:
            self._pause.cancel()
        self._paused_until = until
        self._pause = self._loop.call_later(seconds, self._read_on)

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued, then wait a little for the peer's close frame."""
        if self._goodbye(Close(code, _shortened(reason)).serialize()):
            self._after(_GOODBYE_SECONDS, "close")
            self._after(2 * _GOODBYE_SECONDS, "abort")

    def tick(self, now: float) -> None:
        """About every second: see whether the peer is there."""
        if now - self._pinged_at < PING_SECONDS or self._closing or self._transport.is_closing():
            return
        if self._pinged:
            self._goodbye(Close(1011, "keepalive ping timeout").serialize())
            self._transport.close()
            self._after(_GOODBYE_SECONDS, "abort")
            return
        self._pinged = True
        self._pinged_at = now
        self._transport.write(_PING_FRAME)

    def shutdown(self) -> None:
        """The server ends (uvicorn calls this)."""
        self._goodbye(Close(1012, "").serialize())
        self._transport.close()
        self._after(_GOODBYE_SECONDS, "abort")

    def _goodbye(self, close: bytes) -> bool:
        """Send a close frame as the last there is; return whether it could be."""
        if self._closing or self._transport.is_closing():
            return False
        self._closing = True
        self._fd = -1
        self._transport.write(WireFrame(Opcode.CLOSE, close).serialize(mask=False))
        return True

    def _after(self, seconds: float, what: str) -> None:
        """Call a method of the transport after so long, or later than was said before."""
        if self._timers is None:
            self._timers = {}
        former = self._timers.get(what)
        if former is not None:
            former.cancel()
        if self._fd != _GONE:
            self._timers[what] = self._loop.call_later(seconds, getattr(self._transport, what))

    # -- the way in

    def data_received(self, data: bytes) -> None:
        size = len(data) - _HEAD_BYTES
        frames = self._frames
        if (
            0 <= size < _SHORT
            and data[0] == _PLAIN
            and data[1] == 0x80 | size
            and not frames.waiting
            and not self._closing
        ):  # one short message, as nearly all
            self._receive(unmasked(data[_HEAD_BYTES:], data[2:_HEAD_BYTES]))
        elif self._parser is not None and self._parser.parser_exc is not None:
            self._after(_PAUSE_SECONDS, "close")
        else:
            frames.add(data)
            if self._pause is None:
                self._read()

    def _read(self) -> None:
        """Read message by message: a pause may come after any, and others have their turn."""
        turn_ends = monotonic() + _TURN_SECONDS
        while self._pause is None:
            frame = self._frames.take()
            if frame is None:
                break
            data, plain = frame
            if not plain:
                self._control(data)
            elif not self._closing:
                self._receive(data)
            if monotonic() > turn_ends and self._pause is None:
                self.pause(0.0)

    def _read_on(self) -> None:
        self._pause = None
        self._read()
        if self._pause is None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _receive(self, message: bytes) -> None:
        assert self._receiver is not None  # who was not let in is closing
        try:
            self._receiver.received(message)
        except Exception:
            logger.exception("a room failed on a message", extra={"action": "message_failed"})
            self._fail(1011, "the server failed")

    def _control(self, data: bytes) -> None:
        """Take a whole frame that is no message, or a piece of what is strange."""
        if not self._frames.strange and data[0] in (_PING, _PONG) and data[1] & 0x7F < _SHORT:
            if data[0] == _PONG:
                self._pinged = False
            elif not self._closing:
                payload = unmasked(data[_HEAD_BYTES:], data[2:_HEAD_BYTES])
                self._transport.write(bytes((_PONG, len(payload))) + payload)
            return
        if self._parser is None:
            self._parser = ServerProtocol(state=State.OPEN, max_size=self._max_bytes)
        parser = self._parser
        parser.receive_data(data)
        if parser.parser_exc is not None:
            self._broken_off(parser)
            return
        for event in parser.events_received():
            if isinstance(event, WireFrame):
                self._event(parser, event)

    def _event(self, parser: ServerProtocol, event: WireFrame) -> None:
        output = b"".join(parser.data_to_send())
        if event.opcode is Opcode.CLOSE:
            self._closed_by_peer(output)
        elif event.opcode is Opcode.PING:
            if not self._closing:
                self._transport.write(output)
        elif event.opcode is Opcode.PONG:
            self._pinged = False
        else:
            self._part(event)

    def _part(self, event: WireFrame) -> None:
        """Take a message, or a part of one."""
        kind, parts = self._fragments or (event.opcode, [])
        parts.append(bytes(event.data))
        if not event.fin:
            self._fragments = kind, parts
            return
        self._fragments = None
        if self._closing:
            return
        if kind == Opcode.TEXT:
            self._fail(1003, "this server takes binary messages only")
        else:
            self._receive(b"".join(parts))

    def _closed_by_peer(self, answer: bytes) -> None:
        if not self._closing and not self._transport.is_closing():
            self._closing = True
            self._fd = -1
            self._transport.write(answer)
        self._transport.close()
        self._after(_GOODBYE_SECONDS, "abort")

    def _broken_off(self, parser: ServerProtocol) -> None:
        """
        End a conversation that breaks RFC 6455.

        A frame over the limit is told as 4413: 1009, which is websockets' answer, makes y-websocket send it again for
        ever. What still comes is read and dropped, or the kernel would answer it with a reset, which takes the
        close frame away before the peer has read it.
        """
        output = b"".join(parser.data_to_send())  # the parser's own close frame
        if self._closing:
            return
        if isinstance(parser.parser_exc, PayloadTooBig):
            reason = f"a message may have at most {self._max_bytes} bytes"
            self._goodbye(Close(4413, reason).serialize())
        else:
            self._closing = True
            self._fd = -1
            self._transport.write(output)
        self._after(_PAUSE_SECONDS, "close")
        self._after(_HEAR_OUT_SECONDS, "abort")
        self._leave()

    def _fail(self, code: int, reason: str) -> None:
        self.close(code, reason)
        self._leave()

    # -- what the transport tells

    def resume_writing(self) -> None:
        if self._receiver is not None:
            self._receiver.drained()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self._fd = _GONE
        self._others.discard(self)
        for timer in (self._pause, *(self._timers or {}).values()):
            if timer is not None:
                timer.cancel()
        self._leave()

    @property
    def gone(self) -> bool:
        """Whether the transport has let go of the socket, and of all that waited in it."""
        return self._fd == _GONE

    def _leave(self) -> None:
        if self._receiver is not None:
            self._receiver.closed()


#: No descriptor to write to: the transport's alone by now, or nobody's.
_NONE, _GONE = -1, -2


def _descriptor(transport: asyncio.Transport) -> int:
    """Return what a frame can be written to with write(2): a plain socket's descriptor."""
    if sys.platform == "win32" or transport.get_extra_info("sslcontext") is not None:
        return _NONE
    socket = transport.get_extra_info("socket")
    return int(socket.fileno()) if socket is not None else _NONE


def _shortened(reason: str) -> str:
    return reason.encode()[:_MAX_REASON_BYTES].decode(errors="ignore")
