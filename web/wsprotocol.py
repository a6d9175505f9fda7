"""
uvicorn's WebSocket protocol with a short way for rooms.

The handshake stays with the ASGI application (sign-in, refusals, sub-protocols). Once a room has taken a socket, it has
it for itself (`web.roomsocket`): the request, the application's task and this protocol are let go. Sockets nobody
takes are plain ASGI as before.

Written against uvicorn 0.54's `websockets_sansio_impl`, which is pinned for it.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from web.roomsocket import RoomSocket

#: Key of the scope extension that offers the socket itself.
EXTENSION = "accord.socket"


class RoomProtocol(WebSocketsSansIOProtocol):
    """One socket: ASGI until a room takes it."""

    _early = False

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        scope = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.initial_response is not None and self.close_sent:
            self.handshake_complete = True  # or uvicorn logs every refusal as a forgotten handshake

    def data_received(self, data: bytes) -> None:
        self._early = self._early or self.handshake_initiated
        super().data_received(data)

    def take(self) -> RoomSocket | None:
        """Give the socket away, for good; None if it has gone meanwhile."""
        self.stop_keepalive()
        if self.disconnected or self.transport.is_closing():
            return None
        transport, self.transport = self.transport, cast(asyncio.Transport, _Nothing())
        self.connections.discard(self)
        self.scope["extensions"].pop(EXTENSION)  # or it would hold itself until the collector comes
        if not self._early:
            self.conn.parser.close()
        if self.read_paused:
            transport.resume_reading()
        return RoomSocket(
            transport,
            self.loop,
            self.config.ws_max_size,
            cast("set[RoomSocket]", self.connections),
            self.conn if self._early else None,
        )


class _Nothing:
    """What is left of the transport here: uvicorn closes it when the application returns."""

    def close(self) -> None:
        """There is nothing to close."""
