"""Documents on the page: given, watched, searched, opened at the place, cited, and given again after a cut line."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, CDPSession, Page, Request, Route

from tests.client.axe import check
from tests.client.papers import FACT, drop, paper, report
from tests.client.people import DESK, PHONE, Host, Room, Visitor, until
from tests.harness import server_process

MIB = 1024 * 1024

#: What is sent in one go, as the page does it.
PIECE = 8 * MIB

FIELD = "#documents-field"
BIDI = "\u202e"


@pytest.fixture(scope="module")
def host(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server that takes no files over 24 MiB."""
    folder: Path = tmp_path_factory.mktemp("documents") / "data"
    with (
        server_process(folder, ACCORD_MAX_FILE_BYTES=str(24 * MIB)) as server,
        Host(server.url, browser) as found,
    ):
        yield found


pytestmark = pytest.mark.usefixtures("everybody_goes_home")


def ready(visitor: Visitor, count: int = 1) -> None:
    until(lambda: visitor.page.locator(".status-ready").count() == count, f"{count} ready")


def search(page: Page, query: str) -> None:
    page.fill("#documents-query", query)
    page.keyboard.press("Enter")
    page.wait_for_selector(".hit")


def shown_at_its_page(page: Page) -> None:
    """The fact is marked, in view, and under the heading of its page."""
    page.wait_for_selector(".preview .passage-here")
    assert FACT in " ".join(page.locator(".preview .passage-here").all_inner_texts())
    section = page.locator(".preview section", has=page.locator(".passage-here")).first
    assert section.locator(".unit").inner_text() == "Page 7"
    until(
        lambda: page.evaluate(
            """() => {
              const box = document.querySelector('.passage-here').getBoundingClientRect()
              return box.bottom > 0 && box.top < innerHeight
            }"""
        ),
        "the passage is in view",
    )


def test_a_dropped_file_is_searched_opened_at_its_page_and_cited(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    bo.open_tab("documents")
    drop(ana.page, ".statement", ("Water report.pdf", report()))
    assert ana.page.inner_text("#tray-title") == "1 file to give"
    assert ana.page.locator(".document").count() == 0, "nothing is sent before its owner says how"
    ana.page.check("[name=tray-visibility] >> nth=1")
    ana.page.click("text=Give this file")
    ready(ana)
    ready(bo)
    assert "12 pages" in ana.page.inner_text(".document")
    assert ana.text() == "", "the editor took nothing of it"

    search(ana.page, "vilvoorde LEVEL")
    assert ana.page.inner_text(".hits mark >> nth=0") == "level"
    assert "p. 7" in ana.page.inner_text(".hit-place")
    assert "no model" in ana.page.inner_text(".search")
    ana.page.keyboard.press("ArrowDown")
    ana.page.keyboard.press("Enter")
    shown_at_its_page(ana.page)
    ana.page.click("[aria-label='Page 7 as it looks']")
    until(
        lambda: ana.page.evaluate(
            "() => document.querySelector('.page-picture')?.naturalWidth > 500"
        ),
        "the page is drawn",
    )
    ana.page.keyboard.press("Escape")
    until(lambda: ana.page.locator(".preview").count() == 0, "it is closed")
    assert ana.page.evaluate("() => document.activeElement.matches('.hit')")

    _cite(room)
    bo.open_tab("suggestions")
    bo.page.click(".suggestion:has-text('Vilvoorde') .sources summary")
    source = bo.page.locator("button.document-source").first
    assert source.inner_text() == "Water report.pdf, p. 7"
    source.click()
    shown_at_its_page(bo.page)
    bo.page.click(".preview >> text=Close")
    assert source.evaluate("(one) => one === document.activeElement")

    # Its owner hides it: for the others it is gone, wherever they were.
    ana.page.click("[aria-label^='Change']")
    ana.page.check("[name^=change-][name$=-visibility] >> nth=0")
    ana.page.click(".document-change [type=submit]")
    bo.open_tab("documents")
    bo.page.wait_for_selector("text=No documents yet.")
    assert ana.complaints == bo.complaints == []


def _cite(room: Room) -> None:
    """Somebody says nearly what the document says, and the bot is set to work."""
    with httpx2.Client(base_url=room.host.url, headers={"origin": room.host.url}) as client:
        link = room.host.call("POST", f"/sessions/{room.id}/invitations", {"role": "participant"})
        invitation = link["link"].split("#")[1]
        joined = client.post("/api/join", json={"invitation": invitation, "name": "Cy"}).json()
        client.headers["accord-as"] = joined["participant"]
        text = "The level at Vilvoorde must never fall below forty centimetres, even in August."
        assert client.post(f"/api/sessions/{room.id}/inputs", json={"text": text}).is_success
    room.refine()


def test_an_upload_goes_on_after_a_cut_line_and_a_reload(host: Host, tmp_path: Path) -> None:
    room = host.new_room()
    ana = room.join("Ana")
    page = ana.page
    ana.open_tab("documents")
    # No document, so that reading it takes no time; what counts is its bytes.
    data = b"%PDF-1.4\n" + random.Random(5).randbytes(20 * MIB)
    file, changed = tmp_path / "big.pdf", tmp_path / "changed" / "big.pdf"
    changed.parent.mkdir()
    file.write_bytes(data)
    changed.write_bytes(data[:-1] + b"?")
    offsets: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PATCH":
            offsets.append(int(request.headers["upload-offset"]))

    page.on("request", note)
    line = ana.context.new_cdp_session(page)
    _set_line(line, bytes_per_second=6 * MIB)
    page.set_input_files(FIELD, file)
    page.click("text=Give this file")
    until(lambda: _sent(page) > PIECE + MIB, "the second piece is on its way")
    _set_line(line, offline=True)
    page.wait_for_selector(".sending-offline >> text=goes on by itself")
    _set_line(line, bytes_per_second=6 * MIB)
    page.reload()
    _set_line(line)
    ana.open_tab("documents")
    page.wait_for_selector(".sending-lost >> text=are safe")
    safe = _sent(page)
    assert safe >= PIECE
    again = ".sending-lost input[type=file]"
    page.set_input_files(again, changed)
    page.wait_for_selector(".sending-lost >> text=That is another file")
    before = len(offsets)
    page.set_input_files(again, file)
    page.wait_for_selector(".status-failed")
    assert offsets[before] == safe, "no byte is sent twice"
    got = page.request.get(host.url + (page.get_attribute("a[download]", "href") or ""))
    assert hashlib.sha256(got.body()).digest() == hashlib.sha256(data).digest()
    page.reload()
    ana.open_tab("documents")
    page.wait_for_selector(".status-failed")
    assert page.locator("[class*=sending-]").count() == 0, "and nothing of it is remembered"


def _set_line(line: CDPSession, *, offline: bool = False, bytes_per_second: int = -1) -> None:
    """Make the way to the server slow, or cut it."""
    conditions = {"offline": offline, "latency": 0, "downloadThroughput": -1}
    line.send(
        "Network.emulateNetworkConditions", {**conditions, "uploadThroughput": bytes_per_second}
    )


def _sent(page: Page) -> int:
    """Return how far the one file is that is on its way."""
    value: float = page.evaluate("() => document.querySelector('.document progress')?.value ?? 0")
    return int(value)


def test_pausing_going_on_and_giving_up(host: Host) -> None:
    room = host.new_room()
    ana = room.join("Ana")
    page = ana.page
    ana.open_tab("documents")
    held: list[Route] = []
    methods: list[str] = []

    def line(route: Route) -> None:
        methods.append(route.request.method)
        if route.request.method == "PATCH" and len(held) < 2:
            held.append(route)
        else:
            route.continue_()

    page.route("**/uploads/**", line)
    files = [paper(f"{name}.txt", b"A line of text. " * 500) for name in ("one", "two", "three")]
    page.set_input_files(FIELD, files)
    page.click("text=Give these 3 files")
    until(lambda: page.locator(".sending-sending").count() == len(held) == 2, "two are under way")
    assert page.locator(".sending-waiting").count() == 1
    page.click("[aria-label='Pause: one.txt']")
    page.wait_for_selector(".sending-paused")
    ready(ana, 1)
    page.click("[aria-label='Go on: one.txt']")
    ready(ana, 2)
    page.click("[aria-label='Give up: two.txt']")
    page.click(".confirm .danger")
    until(lambda: page.locator("[class*=sending-]").count() == 0, "it is gone")
    until(lambda: page.title() != "" and "DELETE" in methods, "and the server was told")
    names = {one["name"] for one in _documents(page, room)}
    assert names == {"one.txt", "three.txt"}


def _documents(page: Page, room: Room) -> list[dict[str, str]]:
    found: list[dict[str, str]] = page.request.get(
        f"{room.host.url}/api/sessions/{room.id}/documents"
    ).json()["documents"]
    return found


def _reads_pictures(page: Page, room: Room) -> bool:
    """Whether this machine has the program that reads photographs."""
    reads: bool = page.request.get(f"{room.host.url}/api/config").json()["reads_pictures"]
    return reads


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_every_state_is_accessible_and_says_what_to_do(
    host: Host, axe_script: str, tmp_path: Path, viewport: dict[str, int]
) -> None:
    room = host.new_room(facilitator_reads_inputs=True)
    ana = room.join("Ana", viewport=viewport)
    page = ana.page
    facilitator = host.signed_in(viewport)
    lena = facilitator.page
    lena.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    facilitator.open_tab("documents")
    lena.wait_for_selector("text=No documents yet.")
    ana.open_tab("documents")
    page.wait_for_selector("text=No documents yet.")
    check(page, axe_script)

    huge = tmp_path / "huge.txt"
    with huge.open("wb") as file:
        file.truncate(24 * MIB + 1)
    page.set_input_files(FIELD, huge)
    hostile = f"../../{BIDI}fdp.exe<img src=x onerror=alert(1)>.md"
    page.set_input_files(
        FIELD,
        [
            paper(hostile, "# المياه\n\nالمياه للجميع.\n\n# 水\n\n水属于大家。\n".encode()),
            paper("locked.pdf", report("secret"), "application/pdf"),
            # A kind of picture that is read nowhere, also where photographs are.
            paper("IMG_0001.heic", b"\x00\x00\x00\x18ftypheic", "image/heic"),
            paper("empty.docx", b""),
        ],
    )
    page.wait_for_selector(".tray")
    tray = page.inner_text(".tray")
    assert "no text is read from pictures" in tray
    hint = "Photos (JPEG, PNG) and scans too" if _reads_pictures(page, room) else "Not photos"
    assert hint in page.inner_text("#panel-documents")
    assert "This file is empty" in tray
    assert "the facilitator" in tray
    check(page, axe_script)
    page.click("text=Give these 3 files")
    page.wait_for_selector(".sending-refused >> text=at most 24 MiB")
    page.wait_for_selector(".status-failed >> text=protected by a password")
    ready(ana)
    check(page, axe_script)
    _is_harmless(page)
    page.click("[aria-label^='Dismiss']")
    page.click("[aria-label^='Change']")
    page.click("[aria-label^='Delete']")
    check(page, axe_script)

    lena.wait_for_selector(".status-failed")
    lena.wait_for_selector(".status-ready")
    assert lena.locator(".document").count() == 2
    assert lena.locator("[aria-label^='Delete']").count() == 0

    page.click(".document-change >> text=Cancel")
    for query, direction in (("المياه", "rtl"), ("水", "ltr")):
        search(page, query)
        page.wait_for_selector(f".hit-text mark >> text={query}")  # those of before go
        text = page.locator(".hit-text", has=page.locator("mark", has_text=query)).first
        assert text.evaluate("(one) => getComputedStyle(one).direction") == direction
    check(page, axe_script)
    page.click(".hit")
    page.wait_for_selector(".passage-here")
    check(page, axe_script)
    page.locator(".preview select").select_option(index=2)
    until(lambda: "水" in page.evaluate("() => document.activeElement.textContent"), "it is there")
    page.keyboard.press("Escape")
    page.fill("#documents-query", "zzzz")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Nothing fits")
    check(page, axe_script)

    page.route("**/uploads/**", lambda route: route.abort())
    page.set_input_files(FIELD, paper("late.txt", b"Too late. " * 100))
    page.click("text=Give this file")
    page.wait_for_selector(".sending-offline")
    check(page, axe_script)
    page.reload()
    ana.open_tab("documents")
    page.wait_for_selector(".sending-lost")
    check(page, axe_script)
    page.route("**/documents", lambda route: route.abort())
    page.reload()
    ana.open_tab("documents")
    page.wait_for_selector(".alert")
    check(page, axe_script)
    expected = (
        "ERR_FAILED",
        "Failed to fetch",
        "413",
    )  # the lines this test has cut, and a refusal
    assert not [one for one in ana.complaints if not any(word in one for word in expected)]


def _is_harmless(page: Page) -> None:
    """A hostile name is text, cannot turn what stands around it, and no path."""
    assert page.locator(".document img").count() == 0
    name = page.locator(".status-ready .document-name bdi").inner_text()
    assert name.endswith("fdp.exe<img src=x onerror=alert(1)>.md")
    assert BIDI not in name
    assert ".." not in name
    held = page.get_attribute(".status-ready [aria-label^='Open']", "aria-label") or ""
    assert BIDI not in held


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen(host: Host, width: int) -> None:
    room = host.new_room()
    ana = room.join("Ana", viewport={"width": width, "height": 700})
    page = ana.page
    ana.open_tab("documents")
    page.set_input_files(FIELD, paper(f"{'long' * 40}.txt", b"word" * 300 + b"\n\n# x\n\nMore."))
    _fits(page)
    page.click("text=Give this file")
    ready(ana)
    search(page, "more")
    _fits(page)
    page.click(".hit")
    page.wait_for_selector(".passage-here")
    _fits(page)


def _fits(page: Page) -> None:
    wide = page.evaluate(
        """() => [...document.querySelectorAll('.panel *, .preview *')]
          .filter((one) => one.checkVisibility() && !one.closest('.tabs, .hidden'))
          .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
          .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert wide == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('.panel button, .preview button, .preview a, select')]
          .map((one) => [one.getBoundingClientRect(), one])
          .filter(([box]) => box.width > 0 && Math.min(box.width, box.height) < 24)
          .map(([box, one]) => one.outerHTML.slice(0, 80))"""
    )
    assert small == []
