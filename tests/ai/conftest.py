"""One stand-in for Claude for all tests of a module, and one event loop for both."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.ai.llm import DevLLM, running_llm


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The stand-in and all tests of a module share one event loop."""
    return "asyncio"


@pytest.fixture(scope="module")
async def llm() -> AsyncIterator[DevLLM]:
    """The module's stand-in."""
    async with running_llm() as running:
        yield running
