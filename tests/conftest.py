"""Fixtures of all tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """Rooms use asyncio's callbacks (docs/decisions), so that is what tests run on."""
    return "asyncio"
