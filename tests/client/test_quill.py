"""A Quill page with stock packages and our page write one statement: words, marks and kinds of lines, both ways."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from tests.client.people import Host, Room, Visitor, until
from tests.e2e.conftest import missing
from tests.harness import ROOT, server_process

HERE = Path(__file__).parent
NPM = ROOT / "tests" / "e2e" / "npm"

_PAGE = """<!doctype html>
<meta charset="utf-8"><link rel="stylesheet" href="quill.css">
<div id="editor"></div><script src="quill.js"></script>
"""


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def quill_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Somebody else's web site, with the Quill page."""
    if shutil.which("node") is None or not (NPM / "node_modules" / "quill").exists():
        missing("Node or the npm packages of the tests are not installed")
    folder = tmp_path_factory.mktemp("quill")
    (folder / "index.html").write_text(_PAGE)
    bundled = subprocess.run(
        [
            str(NPM / "node_modules" / ".bin" / "esbuild"),
            str(HERE / "quill.mjs"),
            "--bundle",
            f"--outfile={folder / 'quill.js'}",
        ],
        env={**os.environ, "NODE_PATH": str(NPM / "node_modules")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert bundled.returncode == 0, bundled.stderr
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host(
    browser: Browser, quill_site: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """A server that lets this site's pages into rooms."""
    folder = tmp_path_factory.mktemp("with-quill") / "data"
    with (
        server_process(folder, ACCORD_ALLOWED_ORIGINS=json.dumps([quill_site])) as server,
        Host(server.url, browser) as found,
    ):
        yield found


def quill_in(room: Room, site: str) -> Page:
    """Open the Quill page in a room."""
    token = room.room_token()
    page = room.host.visitor().page
    page.goto(f"{site}/#{urlencode({key: token[key] for key in ('url', 'room', 'token')})}")
    page.wait_for_selector("body.synced")
    return page


def quill_lines(page: Page) -> list[list[str]]:
    """Return Quill's lines: kind and words. It shows the newline that ends the text as a line of its own."""
    lines: list[list[str]] = page.eval_on_selector_all(
        ".ql-editor > *:not(ol), .ql-editor > ol > li",
        """(lines) => lines.map((line) => {
          const kind = line.dataset.list ?? line.tagName.toLowerCase()
          return [kind, line.innerText.trim()]
        })""",
    )
    return lines[:-1] if lines[-1] == ["p", ""] else lines


def our_lines(visitor: Visitor) -> list[list[str]]:
    """Return our lines in the same words: what is an h3 in our page is the statement's h1."""
    lines: list[list[str]] = visitor.page.eval_on_selector_all(
        ".statement > :is(p, h3, h4), .statement li",
        """(lines) => lines.map((line) => {
          const copy = line.cloneNode(true)
          copy.querySelectorAll('.caret').forEach((caret) => caret.remove())
          const list = line.closest('ul') ? 'bullet' : 'ordered'
          const kind = {P: 'p', H3: 'h1', H4: 'h2', LI: list}[line.tagName]
          return [kind, copy.textContent.trim()]
        })""",
    )
    return lines


def test_they_see_the_same_lines_and_marks(host: Host, quill_site: str) -> None:
    room = host.new_room()
    ana, quill = room.join("Ana"), quill_in(room, quill_site)
    ana.write("# One river")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("We share it. ", delay=5)
    ana.page.keyboard.press("Control+b")
    ana.page.keyboard.type("Fairly.", delay=5)
    ana.page.keyboard.press("Control+b")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("- From Ana", delay=5)
    expected = [["h1", "One river"], ["p", "We share it. Fairly."], ["bullet", "From Ana"]]
    until(lambda: quill_lines(quill) == our_lines(ana) == expected, "Quill shows what Ana wrote")
    assert quill.inner_text(".ql-editor strong") == "Fairly."

    quill.click(".ql-editor li >> text=From Ana")
    quill.keyboard.press("End")
    quill.keyboard.press("Enter")
    quill.keyboard.type("From Quill", delay=5)
    quill.keyboard.press("Enter")
    quill.keyboard.press("Enter")
    quill.click(".ql-header[value='2']")
    quill.keyboard.type("Second part", delay=5)
    quill.keyboard.press("Enter")
    quill.keyboard.press("Control+i")
    quill.keyboard.type("Slanted", delay=5)
    quill.keyboard.press("Control+i")
    quill.keyboard.type(" and plain 😀", delay=5)
    expected += [["bullet", "From Quill"], ["h2", "Second part"], ["p", "Slanted and plain 😀"]]
    until(
        lambda: quill_lines(quill) == our_lines(ana) == expected,
        f"{quill_lines(quill)} {our_lines(ana)}",
    )
    assert ana.marked("em") == "Slanted"
    ana.wait_saved()
    assert ana.complaints == []


def test_they_write_at_once_and_see_each_others_caret(host: Host, quill_site: str) -> None:
    room = host.new_room()
    ana, quill = room.join("Ana"), quill_in(room, quill_site)
    ana.write("Ana: ")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("Quill: ", delay=5)
    until(lambda: [words for _, words in quill_lines(quill)] == ["Ana:", "Quill:"], "Quill sees it")
    ana.caret_at(5)
    quill.click(".ql-editor p:nth-child(2)")
    quill.keyboard.press("End")
    words = [f"w{i}" for i in range(20)]
    for word in words:
        ana.page.keyboard.type(f"a{word} ")
        quill.keyboard.type(f"q{word} ")
    expected = [
        ["p", "Ana: " + " ".join(f"a{word}" for word in words)],
        ["p", "Quill: " + " ".join(f"q{word}" for word in words)],
    ]
    until(lambda: quill_lines(quill) == our_lines(ana) == expected, "both see the same")
    ana.page.wait_for_selector(".statement .caret")
    quill.wait_for_selector(".ql-cursor-name >> text=Ana", state="attached")


def test_formatting_over_each_other_ends_in_one_text(host: Host, quill_site: str) -> None:
    room = host.new_room()
    ana, quill = room.join("Ana"), quill_in(room, quill_site)
    ana.write("We share the water of the river")
    until(lambda: len(quill_lines(quill)[0][1]) > 30, "Quill sees the sentence")
    quill.click(".ql-editor p")
    quill.keyboard.press("Home")
    for _ in range(8):
        quill.keyboard.press("Shift+ArrowRight")
    ana.select(3, 18)
    ana.page.keyboard.press("Control+b")
    quill.keyboard.press("Control+i")
    ana.page.click("[role=toolbar] [aria-label='Heading']")
    quill.keyboard.press("ArrowRight")
    quill.keyboard.type(" all", delay=5)
    expected = [["h1", "We share all the water of the river"]]
    until(
        lambda: quill_lines(quill) == our_lines(ana) == expected,
        f"{quill_lines(quill)} {our_lines(ana)}",
    )
    until(lambda: quill.locator(".ql-editor em").count() > 0, "the words are slanted")
    assert ana.marked("em").startswith("We share")
    bold = "".join(quill.locator(".ql-editor strong").all_inner_texts())
    assert bold == "share all the water"
    assert ana.marked("strong") == bold
