"""Fixtures of the tests with real clients: what must be there, and what to say when it is not."""

from __future__ import annotations

import os
import shutil

import pytest

from tests.e2e.clients import NPM


def missing(what: str) -> None:
    """Skip loudly; fail where everything has to be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI=true")
    pytest.skip(f"{what}: this test DID NOT RUN")


@pytest.fixture
def npm_clients() -> None:
    """Node and the packages of `npm/` are installed (`scripts/test` sees to it)."""
    if shutil.which("node") is None or not (NPM / "node_modules" / "yjs").exists():
        missing("Node or its packages are not installed")
