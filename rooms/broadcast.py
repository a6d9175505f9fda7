"""
Fan-out: one frame to many connections, none of which is ever waited for.

A frame is encoded once. Each connection has one bounded outbox; who reads too slowly gets no more frames until
it has drained, then everything it missed as one difference between state vectors.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import Protocol


class Frame:
    """One message and its wire forms, made once for everybody."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    def __len__(self) -> int:
        return len(self.payload)

    @cached_property
    def websocket(self) -> bytes:
        """The message as one unmasked binary WebSocket frame (RFC 6455, 5.2)."""
        size = len(self.payload)
        if size < 126:
            return bytes((0x82, size)) + self.payload
        if size < 65536:
            return struct.pack(">BBH", 0x82, 126, size) + self.payload
        return struct.pack(">BBQ", 0x82, 127, size) + self.payload


class Channel(Protocol):
    """
    The way out to one peer: a socket, an event stream, or two lists in a test.

    Whoever makes it calls `Connection.received`, `Connection.drained` and `Connection.closed`.
    """

    def send(self, frame: Frame) -> None:
        """Queue a frame. Never waits, never raises; a dead peer swallows it."""

    def buffered(self) -> int:
        """Return the bytes queued and not yet taken by the peer."""

    def pause(self, seconds: float) -> None:
        """Read nothing from the peer for so long."""

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued."""


class Outbox:
    """
    What goes out to one connection.

    Attributes:
        behind_at: The state vector up to which the peer was sent everything, while it is behind; else None.
        behind_since: When it fell behind, on the caller's clock.
        sent_at: When it was last sent anything.
    """

    __slots__ = ("_channel", "_max_bytes", "behind_at", "behind_since", "sent_at")

    def __init__(self, channel: Channel, max_bytes: int, now: float) -> None:
        self._channel = channel
        self._max_bytes = max_bytes
        self.behind_at: bytes | None = None
        self.behind_since = 0.0
        self.sent_at = now

    def send(self, frame: Frame, now: float) -> bool:
        """Send a frame; return False if the peer has more waiting than it may (the frame is still sent)."""
        self._channel.send(frame)
        self.sent_at = now
        return self._channel.buffered() <= self._max_bytes

    @property
    def full(self) -> bool:
        """Whether more waits for the peer than may."""
        return self._channel.buffered() > self._max_bytes

    @property
    def overfull(self) -> bool:
        """Whether even answers are too much."""
        return self._channel.buffered() > 2 * self._max_bytes
