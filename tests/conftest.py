"""Fixtures of all tests."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("store.testing")  # before anybody imports it


@pytest.fixture
def anyio_backend() -> str:
    """Rooms use asyncio's callbacks (docs/decisions), so that is what tests run on."""
    return "asyncio"
