"""The built page: small at first, without anything a strict policy forbids, and its own tests pass."""

from __future__ import annotations

import re
import shutil
import subprocess

import httpx2
import pytest

from tests.client.people import Host
from tests.e2e.conftest import missing
from tests.harness import ROOT

#: What somebody with a link waits for before they can read the page.
FIRST_LOAD_BYTES = 15_000


def test_the_first_load_is_small(host: Host) -> None:
    with httpx2.Client(base_url=host.url, headers={"accept-encoding": "gzip"}) as client:
        sizes = {"/join": 0}
        with client.stream("GET", "/join") as answer:
            page = "".join(answer.iter_text())
            sizes["/join"] = answer.num_bytes_downloaded
        for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', page):
            with client.stream("GET", path) as answer:
                answer.read()
                assert answer.headers["content-encoding"] == "gzip"
                sizes[path] = answer.num_bytes_downloaded
    assert len(sizes) > 3
    assert sum(sizes.values()) <= FIRST_LOAD_BYTES, sizes


def test_nothing_of_the_room_is_in_the_first_load(host: Host) -> None:
    guest = host.visitor()
    loaded: list[str] = []
    guest.page.on("request", lambda request: loaded.append(request.url))
    guest.page.goto(f"{host.url}/")
    guest.page.wait_for_selector(".note")
    named = re.search(r'name="room-files" content="([^"]+)"', guest.page.content())
    assert named is not None
    assert not [file for file in named[1].split() if any(file in url for url in loaded)]


def test_the_page_needs_nothing_inline() -> None:
    page = (ROOT / "web" / "static" / "index.html").read_text()
    assert not re.search(r"<style|\sstyle=|\son\w+=", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_licences_of_what_is_bundled_come_with_it() -> None:
    licences = (ROOT / "web" / "static" / "THIRD_PARTY_LICENSES.txt").read_text()
    for name in (
        "preact",
        "yjs",
        "prosemirror-view",
        "y-websocket",
        "y-indexeddb",
        "lib0",
        "tus-js-client",
    ):
        assert re.search(rf"^{name} \d+\.\d+", licences, re.MULTILINE), name


@pytest.mark.parametrize("command", [["test/run.mjs"]], ids=["unit tests"])
def test_the_clients_own_tests(command: list[str]) -> None:
    client = ROOT / "web" / "client"
    if shutil.which("node") is None or not (client / "node_modules" / "esbuild").exists():
        missing("Node or the client's packages are not installed")
    done = subprocess.run(
        ["node", *command], cwd=client, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
