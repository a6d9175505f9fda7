"""Fixtures of the page's tests: a server in a process of its own, and a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.client.people import AXE, BROWSER_FLAGS, Host, find_chromium
from tests.e2e.conftest import missing
from tests.harness import server_process


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium. One for each module: while it runs, nothing in this thread can use asyncio."""
    path = find_chromium()
    if path is None:
        missing("No Chromium is installed (CHROMIUM=/path names one)")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def host(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server, and a facilitator who makes sessions on it."""
    folder: Path = tmp_path_factory.mktemp("client") / "data"
    with server_process(folder) as server, Host(server.url, browser) as found:
        yield found


@pytest.fixture
def everybody_goes_home(host: Host) -> Iterator[None]:
    """Close every browser after each test: `pytestmark = pytest.mark.usefixtures("everybody_goes_home")`."""
    yield
    host.send_home()


@pytest.fixture
def axe_script() -> str:
    """axe-core, as npm installed it for the client."""
    if not AXE.exists():
        missing("axe-core is not installed (scripts/node-setup)")
    return AXE.read_text()
