"""
Events to pages: per session, one bounded queue per listener, told of what changed and never waited for.

Source: WHATWG HTML, "Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import dataclass, field
from typing import Any

#: Events a page may be behind before it is told to load everything again.
MAX_WAITING = 256

#: Proxies and browsers end what is silent; a comment every so often is not.
HEARTBEAT_SECONDS = 15.0

#: Some proxies hold the first 2 kB.
_HELLO = b": hello" + b" " * 2048 + b"\n\nretry: 2000\n\n"


@dataclass(eq=False, slots=True)
class Listener:
    """
    One page that listens: iterate over `stream`.

    Attributes:
        session: What it hears of.
        participant: Who listens.
        credential: The id of the login that lets them, None for a script.
        until: When their right to listen ends, on the event loop's clock.
    """

    session: str
    participant: str
    credential: str | None
    until: float
    _queue: asyncio.Queue[bytes | None] = field(
        default_factory=lambda: asyncio.Queue(MAX_WAITING), init=False
    )

    @property
    def waiting(self) -> int:
        """How many events it has not taken yet."""
        return self._queue.qsize()

    def put(self, message: bytes | None) -> None:
        """Queue an event, None for the end. Who is too far behind is told to load everything again instead."""
        try:
            self._queue.put_nowait(message)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(encode("reload", {}))
            if message is None:
                self._queue.put_nowait(None)

    async def take(self) -> bytes | None:
        """Return the next event, a heartbeat if there is none for long, None when it is over."""
        left = self.until - asyncio.get_running_loop().time()
        if left <= 0:
            return None
        try:
            return await asyncio.wait_for(self._queue.get(), min(HEARTBEAT_SECONDS, left))
        except TimeoutError:
            return b": still here\n\n"


class Events:
    """Who listens to which session."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        self._closing = False

    @property
    def listeners(self) -> list[Listener]:
        """Who listens, at this moment."""
        return [listener for found in self._listeners.values() for listener in found]

    def publish(
        self,
        session: str,
        event: str,
        data: dict[str, Any],
        *,
        only: Collection[str] | None = None,
    ) -> None:
        """
        Tell everybody who listens to a session.

        Args:
            only: The participants who may know; None for all.
        """
        message = encode(event, data)
        for listener in self._listeners.get(session, ()):
            if only is None or listener.participant in only:
                listener.put(message)

    async def listen(
        self, listener: Listener, *, still_allowed: Callable[[], bool]
    ) -> AsyncGenerator[bytes, None]:
        """
        Yield a listener's stream until it leaves, may not listen any more or the server stops.

        Args:
            still_allowed: Asked once it is listening: whether nobody was dismissed since it was let in, for that
                might be this one. Otherwise the stream ends, and the page comes again.
        """
        self._listeners.setdefault(listener.session, set()).add(listener)
        try:
            if not still_allowed():
                return
            yield _HELLO
            while not self._closing:
                message = await listener.take()
                if message is None:
                    break
                yield message
            if self._closing:
                yield encode("closing", {})
        finally:
            self._forget(listener)

    def dismiss(self, whom: Callable[[Listener], bool]) -> None:
        """End the streams of these listeners."""
        for listener in self.listeners:
            if whom(listener):
                listener.put(None)

    def close(self) -> None:
        """End all streams: the server stops."""
        self._closing = True
        self.dismiss(lambda _: True)

    def _forget(self, listener: Listener) -> None:
        others = self._listeners[listener.session]
        others.discard(listener)
        if not others:
            del self._listeners[listener.session]


def encode(event: str, data: dict[str, Any]) -> bytes:
    """Return an event as it goes over the wire."""
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
