"""People at their browsers: how tests of the page come in, write and look."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import httpx2
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Dialog,
    Page,
    WebSocketRoute,
)

from tests.harness import PATIENCE, ROOT, TOKEN

AXE = ROOT / "web" / "client" / "node_modules" / "axe-core" / "axe.min.js"

BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 320, "height": 568}

QUESTION = "How do we share the water of the Senne in dry summers?"

INPUTS = [
    "The river must never fall below the level the fish need, not even in August.",
    "Towns should repair their leaking pipes before anybody asks farms to take less.",
    "Farms need to know by April how much water they may take, or the harvest is a gamble.",
    "Drinking water comes first, and everybody should be told daily how full the basin is.",
]

_WIDEST_PHONE = 720

#: The message that asks the server to say when everything before it is on disk.
_MARK = 102


def find_chromium() -> str | None:
    """Return the browser to test with."""
    names = (
        os.environ.get("CHROMIUM"),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "chromium-headless-shell",
    )
    return next((path for name in names if name and (path := shutil.which(name))), None)


def until(condition: Callable[[], bool], what: str, *, by: Page | None = None) -> None:
    """Wait for something to become true; `by` a page, whose events are heard of meanwhile."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not in {PATIENCE:.0f} s: {what}"
        if by:
            by.wait_for_timeout(50)
        else:
            time.sleep(0.05)


#: The lines of the statement without what is only drawn over them.
_LINES = """() => [...document.querySelectorAll('.statement :is(p, li, h3, h4, blockquote)')]
  .filter((line) => !line.closest('.proposals'))
  .map((line) => {
    const copy = line.cloneNode(true)
    copy.querySelectorAll('.caret, .proposals').forEach((drawn) => drawn.remove())
    return copy.textContent
  })"""


@dataclass
class Line:
    """The way to the server, which can be cut. Only the room's socket: pages still load."""

    cut: bool = False
    #: While true, the marks that ask whether all is on disk wait here.
    holding: bool = False
    sockets: list[WebSocketRoute] = field(default_factory=list)
    _held: list[Callable[[], None]] = field(default_factory=list)

    def connect(self, socket: WebSocketRoute) -> None:
        """Pass a new socket on, unless the line is cut."""
        if self.cut:
            socket.close(code=1011)
            return
        server = socket.connect_to_server()

        def send(message: str | bytes) -> None:
            if self.holding and isinstance(message, bytes) and message[0] == _MARK:
                self._held.append(lambda: server.send(message))
            else:
                server.send(message)

        socket.on_message(send)
        server.on_message(socket.send)
        self.sockets.append(socket)

    def let_marks_go(self) -> None:
        """Send on what was held."""
        self.holding = False
        for send in self._held:
            send()
        self._held.clear()

    def say(self, message: bytes) -> None:
        """Tell the page something in the server's name."""
        self.sockets[-1].send(message)

    def close(self, code: int, reason: str = "") -> None:
        """End the sockets that are open."""
        for socket in self.sockets:
            socket.close(code=code, reason=reason)
        self.sockets.clear()


@dataclass(slots=True)
class Visitor:
    """Somebody in a room, in a browser of their own."""

    page: Page
    context: BrowserContext
    line: Line
    #: What the browser complained of: exceptions, refused resources, dialogs.
    complaints: list[str]

    def lines(self) -> list[str]:
        """Return the statement as it is shown."""
        lines: list[str] = self.page.evaluate(_LINES)
        return lines

    def text(self) -> str:
        """Return the statement as it is shown, in one piece."""
        return "\n".join(self.lines())

    def marked(self, tag: str) -> str:
        """Return the words of the statement in one kind of mark."""
        parts: list[str] = self.page.eval_on_selector_all(
            f".statement {tag}",
            """(marks) => marks.map((mark) => {
              const copy = mark.cloneNode(true)
              copy.querySelectorAll('.caret').forEach((caret) => caret.remove())
              return copy.textContent
            })""",
        )
        return "".join(parts)

    def write(self, text: str) -> None:
        """Type at the end of the statement."""
        self.page.focus(".statement")
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(text, delay=5)

    def caret_at(self, index: int) -> None:
        """Put the caret into the first line."""
        self.page.focus(".statement")
        self.page.keyboard.press("Control+Home")
        for _ in range(index):
            self.page.keyboard.press("ArrowRight")

    def select(self, start: int, end: int) -> None:
        """Select a part of the first line."""
        self.caret_at(start)
        for _ in range(end - start):
            self.page.keyboard.press("Shift+ArrowRight")

    def wait_saved(self) -> None:
        """Wait until the page says that everything is on the server's disk."""
        self.page.wait_for_selector(".saved-saved")

    def go_offline(self) -> None:
        """Cut the line, and wait until the page knows."""
        self.line.cut = True
        self.line.close(1012)
        self.page.wait_for_selector(".saved-offline")

    def go_online(self) -> None:
        """Mend the line, and wait until all is saved."""
        self.line.cut = False
        self.wait_saved()

    def open_tab(self, tab: str) -> None:
        """Show a part of the panel, as soon as the page is there."""
        self.page.wait_for_selector("[role=tab]")
        if self.page.locator(f"#tab-{tab}").count():
            self.page.click(f"#tab-{tab}")
        else:
            self.page.click("#tab-more")
            self.page.click(f"#place-{tab}")


class Guest:
    """Somebody in a session without a browser."""

    def __init__(self, url: str, session: str, link: str, name: str) -> None:
        self._api = httpx2.Client(base_url=url, headers={"origin": url})
        self._path = f"/api/sessions/{session}"
        body = {"invitation": link.split("#")[1], "name": name}
        self.id: str = self._api.post("/api/join", json=body).json()["participant"]
        self._api.headers["accord-as"] = self.id

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API about the session."""
        answer = self._api.request(method, f"{self._path}{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def give(self, *texts: str) -> None:
        """Give inputs."""
        for text in texts:
            self.call("POST", "/inputs", {"text": text})

    def rank(self, *styles: str) -> None:
        """Rank the candidates of the open round by their styles, the best first."""
        one = self.call("GET", "/rounds")["rounds"][-1]
        ids = {candidate["style"]: candidate["id"] for candidate in one["candidates"]}
        ranking = {"ranking": [ids[style] for style in styles]}
        self.call("POST", f"/rounds/{one['id']}/rankings", ranking)

    def vote(self, choice: str) -> None:
        """Vote in the open poll."""
        poll = self.call("GET", "/deliberation")["polls"][-1]
        ballot = {"choice": choice, "text_hash": poll["text_hash"]}
        self.call("POST", f"/polls/{poll['id']}/ballots", ballot)

    def close(self) -> None:
        """Leave."""
        self._api.close()


@dataclass(slots=True)
class Room:
    """A session, and how to get people into it."""

    host: Host
    id: str
    links: list[str]
    facilitator: str

    def join(self, name: str, link: int = 0, *, viewport: dict[str, int] = DESK) -> Visitor:
        """Open an invitation in a new browser and come in."""
        visitor = self.host.visitor(viewport)
        self.enter(visitor, name, link)
        return visitor

    def enter(self, visitor: Visitor, name: str, link: int = 0) -> None:
        """Open an invitation in a browser that is there already and come in."""
        visitor.page.goto(self.links[link])
        visitor.page.fill("#name", name)
        visitor.page.click("button[type=submit]")
        visitor.page.wait_for_selector(".statement", state="attached")
        size = visitor.page.viewport_size
        if size and size["width"] <= _WIDEST_PHONE:
            visitor.open_tab("statement")
        visitor.wait_saved()

    def give_inputs(self) -> None:
        """Have the second guest give inputs, without a browser."""
        bo = self.guest("Bo", 1)
        bo.give(*INPUTS)

    def guest(self, name: str, link: int) -> Guest:
        """Have somebody join without a browser."""
        guest = Guest(self.host.url, self.id, self.links[link], name)
        self.host.guests.append(guest)
        return guest

    def round(self, **options: Any) -> dict[str, Any]:
        """Have the bot make candidates; return the round when they can be ranked."""
        self.host.call("POST", f"/sessions/{self.id}/rounds", options)
        self.wait_for_run()
        found: dict[str, Any] = self.host.call("GET", f"/sessions/{self.id}/rounds")["rounds"][-1]
        return found

    def refine(self) -> None:
        """Have the bot propose something, and wait until it has."""
        self.host.call("POST", f"/sessions/{self.id}/refine")
        self.wait_for_run()

    def wait_for_run(self) -> None:
        """Wait until the bot has done what it was set to do."""
        until(lambda: self._run_ended(), "the run ends")

    def _run_ended(self) -> bool:
        run = self.host.call("GET", f"/sessions/{self.id}")["run"]
        if run is None:
            return False
        assert run["status"] != "failed", run
        return bool(run["status"] == "done")

    def run(self) -> dict[str, Any]:
        """Return how far the bot is."""
        run: dict[str, Any] = self.host.call("GET", f"/sessions/{self.id}")["run"]
        return run

    def room_token(self) -> dict[str, Any]:
        """Return access for another Yjs client."""
        body = {"role": "participant", "expires_in": 3600}
        return self.host.call("POST", f"/sessions/{self.id}/room-tokens", body)


class Host:
    """The facilitator: makes sessions over the API, and closes every browser at the end."""

    def __init__(self, url: str, browser: Browser) -> None:
        self.url = url
        self._browser = browser
        self._api = httpx2.Client(base_url=url, headers={"authorization": f"Bearer {TOKEN}"})
        self._contexts: list[BrowserContext] = []
        self.guests: list[Guest] = []

    def __enter__(self) -> Host:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._api.close()
        self.send_home()

    def send_home(self) -> None:
        """Close everybody's browser."""
        for guest in self.guests:
            guest.close()
        self.guests.clear()
        for context in self._contexts:
            context.close()
        self._contexts.clear()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call the API as a facilitator."""
        answer = self._api.request(method, f"/api{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def revoke(self, path: str) -> None:
        """Take something back."""
        assert self._api.delete(f"/api{path}").is_success

    def new_room(self, *, guests: int = 2, **fields: Any) -> Room:
        """Make a session."""
        made = self.call(
            "POST",
            "/sessions",
            {
                "title": "Water in dry summers",
                "question": QUESTION,
                "type": "climate",
                "stakeholders": [f"guest{i}@example.org" for i in range(guests)],
                **fields,
            },
        )
        links = [invitation["link"] for invitation in made["invitations"]]
        return Room(self, made["id"], links, made["me"]["participant"])

    def visitor(self, viewport: dict[str, int] = DESK) -> Visitor:
        """Open a browser for somebody who has never been here."""
        context = self._browser.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]}
        )
        self._contexts.append(context)
        line = Line()
        context.set_default_timeout(PATIENCE * 1000)
        context.route_web_socket("**/yjs/**", line.connect)
        page = context.new_page()
        complaints: list[str] = []

        def dialog(opened: Dialog) -> None:
            complaints.append(f"dialog: {opened.message}")
            opened.dismiss()

        def console(message: ConsoleMessage) -> None:
            if message.type == "error":
                complaints.append(message.text)

        page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
        page.on("dialog", dialog)
        page.on("console", console)
        return Visitor(page, context, line, complaints)

    def signed_in(self, viewport: dict[str, int] = DESK) -> Visitor:
        """Open a browser for the facilitator, by their link."""
        visitor = self.visitor(viewport)
        visitor.page.goto(f"{self.url}/sign-in#{TOKEN}")
        visitor.page.wait_for_selector("#new-session")
        return visitor
