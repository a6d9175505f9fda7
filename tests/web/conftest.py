"""One server for all tests of a module: they leave each other alone by making sessions of their own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import RunningApp, running_app


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """The server and all tests of a module share one event loop."""
    return "asyncio"


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """Settings of the module's server; a module overrides this."""
    return {}


@pytest.fixture(scope="module")
async def app(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]
) -> AsyncIterator[RunningApp]:
    """The module's server, in this process."""
    async with running_app(tmp_path_factory.mktemp("data"), **changes) as running:
        yield running
