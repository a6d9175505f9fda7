"""Text of strangers stays text, whatever it looks like, and nothing anybody's program writes breaks the view."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.client.people import Host, Room, until
from tests.e2e.conftest import missing
from tests.harness import PATIENCE, ROOT

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
        timeout=PATIENCE,
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


#: What a word processor puts on the clipboard, and worse.
PASTED = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>p {color: red}</style></head><body>
<!--StartFragment--><h1 style="mso-outline-level:1">Our <span lang=EN-GB>text</span></h1>
<p class=MsoNormal style="margin:0;font-family:Calibri" onclick="alert(1)"><b>Bold</b> and <i>slanted</i>, <u>under</u>
<a href="javascript:alert(2)">bad</a> <a href="https://example.org/">good</a><o:p></o:p></p>
<ul><li>One</li><li><p>Two</p></li></ul><script>alert(3)</script><img src=x onerror=alert(4)>
<table><tr><td>Left</td><td>Right</td></tr><tr><td>Down</td></tr></table>
<b style="font-weight:normal"><p>From <span style="font-weight:700;font-style:italic">elsewhere</span></p></b>
<iframe srcdoc="<script>alert(5)</script>"></iframe>
<!--EndFragment--></body></html>"""


def test_what_is_pasted_keeps_its_words_and_loses_the_rest(room: Room) -> None:
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.page.focus(".statement")
    ana.page.evaluate(
        """(html) => {
          const clipboardData = new DataTransfer()
          clipboardData.setData('text/html', html)
          const paste = new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true})
          document.querySelector('.statement').dispatchEvent(paste)
        }""",
        PASTED,
    )
    ana.wait_saved()
    until(lambda: bo.lines() == ana.lines(), "Bo sees the same")
    words = " ".join(ana.text().split())
    assert (
        words == "Our text Bold and slanted, under bad good One Two Left Right Down From elsewhere"
    )
    assert [line.strip() for line in ana.lines()][-3:] == [
        "Left Right",
        "Down",
        "From elsewhere",
    ]
    assert ana.lines()[:2] == ["Our text", "Bold and slanted, under bad good"]
    for visitor in (ana, bo):
        page = visitor.page
        assert visitor.marked("h3") == "Our text"
        assert visitor.marked("strong") == "Boldelsewhere"
        assert visitor.marked("em") == "slantedelsewhere"
        assert page.locator(".statement li").all_inner_texts() == ["One", "Two"]
        links = page.eval_on_selector_all(".statement a", "all => all.map((one) => one.href)")
        assert links == ["https://example.org/"]
        markup = "[style], [onclick], [class^=Mso], img[src], iframe, script, style, table"
        assert page.locator(f".statement :is({markup})").count() == 0
        assert visitor.complaints == []


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x"]
)
def test_no_link_runs_anything(room: Room, address: str) -> None:
    ana = room.join("Ana")
    ana.write("here")
    ana.select(0, 4)
    ana.page.keyboard.press("Control+k")
    ana.page.fill("#link-address", address)
    ana.page.keyboard.press("Enter")
    ana.page.wait_for_selector("#link-problem")
    assert ana.page.locator(".statement a").count() == 0
    ana.page.fill("#link-address", "example.org")
    ana.page.keyboard.press("Enter")
    ana.page.wait_for_selector(".statement a[href='https://example.org/']")


def test_every_page_forbids_what_is_inline(host: Host) -> None:
    for path in ("/", "/join", "/sign-in", "/s/x"):
        answer = httpx2.get(f"{host.url}{path}")
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["content-security-policy"].split(";")
        )
        for directive in ("default-src", "script-src", "style-src"):
            assert policy[directive] == "'self'", path
        assert policy["object-src"] == policy["base-uri"] == "'none'"


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
