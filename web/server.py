"""The server process: uvicorn, told to stop in the right order."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable

import uvicorn
from fastapi import FastAPI

from web.app import drain
from web.httpprotocol import HttpProtocol
from web.roomsocket import PING_SECONDS
from web.settings import Settings
from web.wsprotocol import RoomProtocol

#: HTTP requests get this long to finish when the server stops.
_GRACE_SECONDS = 10


class Server(uvicorn.Server):
    """uvicorn closes sockets the moment it is told to stop; before that, edits go to disk."""

    def __init__(
        self, config: uvicorn.Config, app: FastAPI, ready: Callable[[int], None] | None = None
    ) -> None:
        super().__init__(config)
        self._app = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        _settle_memory()
        if self.started and self._ready is not None:
            self._ready(self.servers[0].sockets[0].getsockname()[1])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()  # nobody new while the rest is brought to an end
        await drain(self._app)
        await super().shutdown(sockets)


def _settle_memory() -> None:
    """
    Keep the garbage collector away from what was loaded at the start and stays: 130,000 objects.

    It would look at all of them again and again, as rooms grow.
    """
    gc.collect()
    gc.freeze()


def make_server(
    settings: Settings, app: FastAPI, *, ready: Callable[[int], None] | None = None
) -> Server:
    """
    Return the server.

    Args:
        ready: Called with the port once it takes connections.
    """
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=HttpProtocol,
        ws=RoomProtocol,
        ws_max_size=settings.max_frame_bytes,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        backlog=2048,
    )
    return Server(config, app, ready)
