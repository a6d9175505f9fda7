"""
Fan-out: one frame to many connections, none of which is ever waited for.

A frame is encoded once. Each connection has one bounded outbox; who reads too slowly gets no more frames until
it has drained, then everything it missed as one difference between state vectors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Protocol


class Frame:
    """
    One message as it goes over the wire, made once for everybody.

    Attributes:
        websocket: One unmasked binary WebSocket frame (RFC 6455, 5.2).
    """

    __slots__ = ("_head", "websocket")

    def __init__(self, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            self._head = 2
            self.websocket = bytes((0x82, size)) + payload
        elif size < 65536:
            self._head = 4
            self.websocket = struct.pack(">BBH", 0x82, 126, size) + payload
        else:
            self._head = 10
            self.websocket = struct.pack(">BBQ", 0x82, 127, size) + payload

    def __len__(self) -> int:
        """The bytes of the message."""
        return len(self.websocket) - self._head

    @property
    def payload(self) -> bytes:
        """The message."""
        return self.websocket[self._head :]


class Channel(Protocol):
    """
    The way out to one peer: a socket, an event stream, or two lists in a test.

    Whoever makes it calls `Connection.received`, `Connection.drained` and `Connection.closed`.
    """

    def send(self, frame: Frame) -> int:
        """
        Queue a frame; return the bytes queued and not yet taken by the peer.

        Never waits, never raises; a dead peer swallows it.
        """

    def buffered(self) -> int:
        """Return the bytes queued and not yet taken by the peer."""

    def pause(self, seconds: float) -> None:
        """Read nothing from the peer for so long."""

    def close(self, code: int, reason: str) -> None:
        """End the conversation after what is queued."""

    def tick(self, now: float) -> None:
        """About every second: see whether the peer is there."""


class Outbox:
    """
    What goes out to one connection.

    Attributes:
        offer: Sends a frame; returns the bytes that wait for the peer.
        max_bytes: So many may.
        behind_at: The state vector up to which the peer was sent everything, while it is behind; else None.
        behind_since: When it fell behind, on the caller's clock.
        sent_at: When it was last sent anything.
    """

    __slots__ = (
        "_answered",
        "_channel",
        "behind_at",
        "behind_since",
        "max_bytes",
        "offer",
        "sent_at",
    )

    def __init__(self, channel: Channel, max_bytes: int, now: float) -> None:
        self._channel = channel
        self.offer = channel.send
        self.max_bytes = max_bytes
        self._answered = 0
        self.behind_at: bytes | None = None
        self.behind_since = 0.0
        self.sent_at = now

    def send(self, frame: Frame, now: float) -> bool:
        """Send a frame; return False if the peer has more waiting than it may (the frame is still sent)."""
        self.sent_at = now
        return self.offer(frame) <= self.max_bytes

    @property
    def full(self) -> bool:
        """Whether more waits for the peer than may."""
        return self._channel.buffered() > self.max_bytes

    def answer(self, frame: Frame, now: float) -> bool:
        """
        Send an answer also to a peer that is behind; return False, and send nothing, if too many wait by now.

        Only answers count: what waits before them may be a document of any size that the peer takes in slowly.
        """
        self._answered = self._answered + len(frame) if self.full else 0
        if self._answered > self.max_bytes:
            return False
        self.send(frame, now)
        return True


class Reader(Protocol):
    """Who reads what is published."""

    outbox: Outbox

    def fall_behind(self) -> None:
        """More waits for it than may."""


def publish(frame: Frame, readers: Iterable[Reader], now: float) -> None:
    """Send a frame to all who are not behind. One call for each, since most of the server's time is spent here."""
    for reader in readers:
        outbox = reader.outbox
        if outbox.behind_at is None:
            outbox.sent_at = now
            if outbox.offer(frame) > outbox.max_bytes:
                reader.fall_behind()
