"""The stand-in for Claude on a real port of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from ai.devllm.faults import Fault
from ai.devllm.server import Model
from tests.harness import PATIENCE


class DevLLM(Model):
    """
    The stand-in, and where it is.

    Attributes:
        url: Its base URL.
    """

    url = ""

    async def quiet(self) -> None:
        """Wait until no answer is on its way any more."""
        async with asyncio.timeout(PATIENCE):
            while self.answering:  # noqa: ASYNC110 - the other end of a socket tells nobody
                await asyncio.sleep(0.01)


class Turnstile:
    """
    Lets an answer's tokens through up to a line, for a look at the room in between.

    Attributes:
        held: Set while it holds an answer.
    """

    def __init__(self) -> None:
        self.held = asyncio.Event()
        self._open = asyncio.Event()

    async def __call__(self) -> None:
        self.held.set()
        await self._open.wait()

    def open(self) -> None:
        """Let everything through."""
        self._open.set()


@asynccontextmanager
async def running_llm(
    *, fault: Fault | None = None, delay: float = 0.0, **options: Any
) -> AsyncIterator[DevLLM]:
    """Run the stand-in."""
    model = DevLLM(fault=fault, delay=delay, **options)
    config = uvicorn.Config(
        model.app,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        model.url = f"http://127.0.0.1:{port}"
        yield model
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)
