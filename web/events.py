"""
Events to pages: per session, one bounded queue per listener, told of what changed and never waited for.

Source: WHATWG HTML, "Server-sent events".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

#: Events a page may be behind before it is told to load everything again.
_MAX_WAITING = 256

#: Proxies and browsers end what is silent; a comment every so often is not.
HEARTBEAT_SECONDS = 15.0


class Events:
    """Who listens to which session."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[bytes | None]]] = {}
        self._closing = False

    def publish(self, session: str, event: str, data: dict[str, Any]) -> None:
        """Tell everybody who listens to a session."""
        message = _encode(event, data)
        for queue in self._listeners.get(session, ()):
            _put(queue, message)

    async def listen(self, session: str, only: str | None = None) -> AsyncIterator[bytes]:
        """
        Yield the stream of one listener until it leaves or the server stops.

        Args:
            only: The listener's participant id: events published for one person go to nobody else.
        """
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(_MAX_WAITING)
        mine = [self._listeners.setdefault(session, set())]
        if only is not None:
            mine.append(self._listeners.setdefault(_private(session, only), set()))
        for listeners in mine:
            listeners.add(queue)
        try:
            yield (
                b": hello" + b" " * 2048 + b"\n\nretry: 2000\n\n"
            )  # some proxies hold the first 2 kB
            while not self._closing:
                try:
                    message = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if message is None:
                    break
                yield message
            yield _encode("closing", {})
        finally:
            for listeners in mine:
                listeners.discard(queue)

    def tell(self, session: str, participant: str, event: str, data: dict[str, Any]) -> None:
        """Tell one person, in all their tabs."""
        message = _encode(event, data)
        for queue in self._listeners.get(_private(session, participant), ()):
            _put(queue, message)

    def close(self) -> None:
        """End all streams: the server stops."""
        self._closing = True
        for listeners in self._listeners.values():
            for queue in listeners:
                _put(queue, None)


def _private(session: str, participant: str) -> str:
    return f"{session}/{participant}"


def _put(queue: asyncio.Queue[bytes | None], message: bytes | None) -> None:
    try:
        queue.put_nowait(message)
    except asyncio.QueueFull:
        while not queue.empty():
            queue.get_nowait()
        queue.put_nowait(_encode("reload", {}))
        if message is None:
            queue.put_nowait(None)


def _encode(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
