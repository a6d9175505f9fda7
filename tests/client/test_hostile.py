"""Text of strangers stays text, whatever it looks like, and nothing anybody's program writes breaks the view."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.client.people import Host, Room, until
from tests.e2e.conftest import missing
from tests.harness import ROOT

HERE = Path(__file__).parent

CORPUS = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(2)</script>',
    "javascript:alert(3)",
    "<svg/onload=alert(4)>",
    "{{constructor.constructor('alert(5)')()}}",
    "'-alert(6)-'",
    '<iframe srcdoc="<script>alert(7)</script>">',
    "\u202eevil\u2066",
    '<a href="javascript:alert(8)">here</a>',
]


def run_stranger(room: Room) -> list[Any]:
    """Let another Yjs client write into the document; return the statement it leaves, as a delta."""
    modules = ROOT / "tests" / "e2e" / "npm" / "node_modules"
    if shutil.which("node") is None or not (modules / "ws").exists():
        missing("Node or its packages are not installed")
    token = room.room_token()
    where = [room.host.url.replace("http", "ws", 1) + "/yjs", token["room"], token["token"]]
    done = subprocess.run(
        ["node", str(HERE / "stranger.mjs"), *where],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    delta: list[Any] = json.loads(done.stdout)
    return delta


@pytest.fixture
def room(host: Host) -> Room:
    return host.new_room(title=f"Title {CORPUS[0]}", question=f"Question {CORPUS[1]}{CORPUS[3]}")


def test_everybodys_words_stay_words(host: Host, room: Room) -> None:
    ana, bo = room.join(f"Ana {CORPUS[0]}"), room.join(CORPUS[3], 1)
    give = """async ([session, kind, body]) => {
      const as = new URLSearchParams(location.search).get('as')
      const headers = {'content-type': 'application/json', 'accord-as': as}
      const where = `/api/sessions/${session}/${kind}`
      const answer = await fetch(where, {method: 'POST', headers, body: JSON.stringify(body)})
      return answer.status
    }"""
    for text in CORPUS:
        comment = {"text": text, "visibility": "open", "quote": text}
        said = {"text": f"I say {text} matters to all of us in this valley.", "quote": "named"}
        assert ana.page.evaluate(give, [room.id, "critiques", comment]) == 201
        assert ana.page.evaluate(give, [room.id, "inputs", said]) == 201
    room.refine()
    for visitor in (ana, bo):
        for tab in ("suggestions", "inputs", "comments"):
            visitor.open_tab(tab)
            visitor.page.wait_for_timeout(200)
        visitor.page.click(".people summary")
        assert visitor.complaints == []
    assert bo.page.locator(".comment").count() == len(CORPUS)
    bo.page.goto(f"{host.url}/")
    bo.page.wait_for_selector(".rows")
    assert bo.complaints == []


def test_nothing_in_the_document_breaks_the_view_or_is_believed(room: Room) -> None:
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    run_stranger(room)
    until(lambda: "Plain words" in ana.text(), "the stranger's text is there")
    links = "links => links.map((link) => link.getAttribute('href'))"
    assert ana.page.eval_on_selector_all(".statement a", links) == [
        "mailto:a@example.org",
        "https://example.org/",
    ]
    ana.open_tab("suggestions")
    ana.page.wait_for_selector(".suggestion.unverified")
    assert ana.page.locator(".suggestion:not(.unverified), .suggestion .accept").count() == 0
    ana.open_tab("comments")
    ana.page.wait_for_selector(".comment.unverified")
    ana.write("Still alive.")
    until(lambda: "Still alive." in bo.text(), "people can write on")
    ana.wait_saved()
    assert ana.complaints == bo.complaints == []


def test_what_we_cannot_show_is_kept(room: Room) -> None:
    ana = room.join("Ana")
    run_stranger(room)
    until(lambda: "Plain words" in ana.text(), "the stranger's text is there")
    assert ana.page.locator(".embed").count() == 1
    ana.caret_at(0)
    ana.page.keyboard.type("A")
    ana.wait_saved()
    delta = run_stranger(room)
    embeds = [op for op in delta if isinstance(op["insert"], dict)]
    assert len(embeds) == 2
    assert any(op.get("attributes", {}).get("style") == "x" for op in delta)
