"""The stand-in for Claude on a real port of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from ai.devllm.faults import Fault
from ai.devllm.server import Model
from ai.models.claude import Claude
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
async def claude_at(
    url: str, model: str = "dev-llm", *, timeout_seconds: float = PATIENCE
) -> AsyncIterator[Claude]:
    """Talk to a stand-in through the SDK; its connections are closed whatever happens."""
    claude = Claude(model, api_key="dev", base_url=url, timeout_seconds=timeout_seconds)
    try:
        yield claude
    finally:
        await claude.close()


def server_of(model: Model) -> uvicorn.Server:
    """Return what serves a stand-in on a free port, not started yet."""
    config = uvicorn.Config(
        model.app,
        host="127.0.0.1",
        port=0,
        lifespan="off",
        log_level="critical",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def url_of(server: uvicorn.Server) -> str:
    """Return where a started server is."""
    return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"


@asynccontextmanager
async def running_llm(
    *, fault: Fault | None = None, delay: float = 0.0, **options: Any
) -> AsyncIterator[DevLLM]:
    """Run the stand-in."""
    model = DevLLM(fault=fault, delay=delay, **options)
    server = server_of(model)
    serving = asyncio.create_task(server.serve())
    try:
        async with asyncio.timeout(PATIENCE):
            while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
                await asyncio.sleep(0.005)
        model.url = url_of(server)
        yield model
    finally:
        server.should_exit = True
        await asyncio.wait_for(serving, PATIENCE)
