"""Fixtures of all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.golden import Golden

# How long an example takes says more about the machine than about the code: see `tests/work.py`.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

pytest.register_assert_rewrite("store.testing")  # before anybody imports it


@pytest.fixture
def anyio_backend() -> str:
    """Rooms use asyncio's callbacks (docs/decisions), so that is what tests run on."""
    return "asyncio"


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option of ours."""
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew; then read the diff"
    )


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """Golden files."""
    return Golden(update=request.config.getoption("--update-golden"))
