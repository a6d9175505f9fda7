"""
A whole deliberation by six people at their browsers, one of them on a phone: from the invitations to the signed report.

Once as it goes without a key, once with the stand-in for Claude. With `ACCORD_TEST_PICTURES=FOLDER` it leaves pictures
of its key moments there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser

from tests.client.model import stand_in
from tests.client.people import DESK, PHONE, Host, Room, Visitor, until
from tests.harness import PATIENCE, TOKEN, server_process

#: Who comes, how their words may be quoted, and what they say.
PEOPLE = {
    "Marta Ruiz": ("named", "The river must keep the level its fish need, also in August."),
    "Ines Hofmann": ("anonymous", "Farms must know by April how much water they may take."),
    "Tom Peeters": ("named", "Towns repair their leaking pipes before farms take less."),
    "Aïsha Benali": ("anonymous", "Everybody can read every day how full the basin is."),
    "Jan Claes": ("never", "My well at the mill stays mine."),
    "Olga Novak": ("named", "Drinking water comes first in every dry summer."),
}

ON_A_PHONE = "Aïsha Benali"

DISSENT = "The mill is not spoken of, and I do not sign for it."

CRITIQUE = "Nobody says who pays for the pipes."


@pytest.fixture(params=["extractive", "claude"])
def mode(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture
def host(browser: Browser, mode: str, tmp_path: Path) -> Iterator[Host]:
    """A server of either kind."""
    with ExitStack() as stack:
        settings: dict[str, Any] = {"ACCORD_REFINE_DEBOUNCE_SECONDS": "0.2"}
        if mode == "claude":
            url = stack.enter_context(stand_in())
            settings |= {"ACCORD_MODEL_BASE_URL": url, "ANTHROPIC_API_KEY": "no-secret"}
        server = stack.enter_context(server_process(tmp_path / "data", **settings))
        yield stack.enter_context(Host(server.url, browser))


class Pictures:
    """Pictures of what people see, if somebody wants them."""

    def __init__(self, mode: str) -> None:
        folder = os.environ.get("ACCORD_TEST_PICTURES")
        self._folder = Path(folder) if folder else None
        self._mode = mode
        self._count = 0

    def take(self, visitor: Visitor, name: str) -> None:
        if self._folder is None:
            return
        self._count += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        visitor.page.screenshot(path=self._folder / f"{self._mode}-{self._count:02}-{name}.png")

    def keep(self, name: str, data: bytes) -> None:
        if self._folder is not None:
            (self._folder / f"{self._mode}-{name}").write_bytes(data)


def come_in(room: Room) -> dict[str, Visitor]:
    """Everybody opens their invitation and says what matters to them."""
    found = {}
    for link, (name, (quote, text)) in enumerate(PEOPLE.items()):
        viewport = PHONE if name == ON_A_PHONE else DESK
        visitor = found[name] = room.host.visitor(viewport)
        page = visitor.page
        page.goto(room.links[link])
        page.fill("#name", name)
        page.click("button[type=submit]")
        if viewport == PHONE:
            page.click("[data-task=input]")
        page.fill("#input-text", text)
        page.click(f".give .choice >> nth={['anonymous', 'named', 'never'].index(quote)}")
        page.click(".give button[type=submit]")
        page.wait_for_selector(f".given-text >> text={text}")
    return found


def lead(room: Room) -> Visitor:
    lena = room.host.signed_in()
    lena.page.goto(f"{room.host.url}/s/{room.id}?as={room.facilitator}")
    lena.page.wait_for_selector(".saved-saved")
    return lena


def rank(visitor: Visitor, *, last: str) -> None:
    """Rank all candidates as they come, one of them last."""
    visitor.open_tab("voting")
    page = visitor.page
    page.wait_for_selector(".round .ranker")
    add = f".unranked .rank-row:not(:has-text('{last}')) [data-act=add]"
    while page.locator(add).count():
        page.locator(add).first.click()
    page.click(".unranked [data-act=add]")
    page.click("text=Send my ranking")
    page.wait_for_selector(".send .done")


def accept_all(visitor: Visitor) -> int:
    """Accept what is proposed, one after the other; return how much it was."""
    visitor.open_tab("suggestions")
    page = visitor.page
    page.wait_for_selector(".suggestion .accept:not(:disabled)")
    accepted = 0
    while (cards := page.locator("[data-card]")).count():
        card = cards.first.get_attribute("data-card")
        page.click(f"[data-card='{card}'] .accept")
        page.wait_for_selector(f"[data-card='{card}']", state="detached")
        accepted += 1
    return accepted


def verify(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    accord = shutil.which("accord", path=str(Path(sys.executable).parent)) or "accord"
    command = [accord, "audit", "verify", str(file), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def report(room: Room, kind: str) -> bytes:
    headers = {"authorization": f"Bearer {TOKEN}"}
    path = f"{room.host.url}/api/sessions/{room.id}/report.{kind}"
    answer = httpx2.get(path, headers=headers, timeout=2 * PATIENCE)
    assert answer.status_code == 200, answer.text
    return answer.content


def check_reports(room: Room, folder: Path, mode: str, pictures: Pictures) -> None:
    """The report in every form; the signed one says the same when it is computed again."""
    file = folder / "report.json"
    file.write_bytes(report(room, "json"))
    key = room.host.call("GET", "/audit-key")["public_key"]
    done = verify(file, "--key", key)
    assert done.returncode == 0, done.stdout + done.stderr
    bundle = json.loads(file.read_bytes())
    whole = json.dumps(bundle, ensure_ascii=False)
    assert bundle["bundle"]["statement"]["agreed"] is True
    assert not any(name in whole for name in PEOPLE if name not in NAMED)
    assert PEOPLE["Jan Claes"][1] not in whole
    assert ("extractive" in whole) == (mode == "extractive")
    file.write_text(whole.replace('"approve"', '"abstain"', 1))
    assert verify(file).returncode == 1
    text = report(room, "md").decode()
    assert "Drinking water comes first" in text
    assert DISSENT in text
    for kind, begin in (("pdf", b"%PDF-"), ("docx", b"PK"), ("md", b"#")):
        data = report(room, kind)
        assert data.startswith(begin)
        pictures.keep(f"report.{kind}", data)


#: Their words may stand beside their name.
NAMED = {name for name, (quote, _) in PEOPLE.items() if quote == "named"}


def polls(room: Room) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room.host.call("GET", f"/sessions/{room.id}/deliberation")[
        "polls"
    ]
    return found


def test_a_whole_deliberation(host: Host, mode: str, tmp_path: Path) -> None:
    pictures = Pictures(mode)
    room = host.new_room(guests=len(PEOPLE), facilitator_name="Lena Brandt")
    lena = lead(room)
    people = come_in(room)
    marta, phone, olga = people["Marta Ruiz"], people[ON_A_PHONE], people["Olga Novak"]
    tom = people["Tom Peeters"]
    if mode == "claude":
        for name in ("Jan Claes", "Olga Novak"):
            people[name].open_tab("voting")
            people[name].page.click("text=A model may guess my ranking where I give none")
            people[name].page.wait_for_selector("text=Your rankings may be predicted.")
    lena.page.click(".stepper button >> text=Drafting")
    lena.page.wait_for_selector(".step.now >> text=Drafting")

    # candidates, ranked by people
    lena.open_tab("voting")
    lena.page.click("text=Make candidates")
    phone.open_tab("overview")
    phone.page.wait_for_selector("[data-task=rank]")
    pictures.take(phone, "overview")
    if mode == "claude":
        olga.page.wait_for_selector(".guess >> text=A model guesses")
        pictures.take(olga, "guess")
        olga.page.click("text=Start from this guess")
        olga.page.click("text=Send my ranking")
        olga.page.wait_for_selector(".send .done")
    quo = "The text as it stands"
    rank(marta, last=quo)
    rank(phone, last=quo)
    pictures.take(phone, "ranked")
    marta.page.click("text=Compare side by side")
    pictures.take(marta, "compare")
    marta.page.keyboard.press("Escape")
    lena.page.wait_for_selector(f"text={3 if mode == 'claude' else 2} of 6 have ranked")
    lena.page.click("text=Count the rankings")
    lena.page.click(".confirm .danger")
    lena.page.wait_for_selector(".round-result .order")
    pictures.take(lena, "result")

    # what came first becomes suggestions; people take it in, criticise it and go on
    room.wait_for_run()
    accepted = accept_all(marta)
    assert accepted >= 3
    lena.page.click(".stepper button >> text=Refining")
    lena.page.wait_for_selector(".step.now >> text=Refining")
    tom.open_tab("inputs")
    tom.page.fill("#input-text", "Whoever wastes the water pays for the pipes.")
    tom.page.click(".give button[type=submit]")
    tom.page.wait_for_selector(".given > li >> nth=1")
    phone.open_tab("comments")
    phone.page.fill("#comment-text", CRITIQUE)
    phone.page.click(".give button[type=submit]")
    phone.page.wait_for_selector(f".comment >> text={CRITIQUE}")
    until(lambda: room.run()["trigger"] == "critique", "the bot hears of it")
    room.wait_for_run()
    accepted += accept_all(tom)
    pictures.take(tom, "refined")

    # the rule, then the poll
    lena.open_tab("voting")
    lena.page.click("text=Choose the rule")
    lena.page.click(".rule-form >> text=Enough people approve")
    lena.page.fill("#approvals", "4")
    lena.page.fill("#quorum", "5")
    lena.page.fill("#lasts", "2")
    pictures.take(lena, "rule")
    lena.page.click("text=Set this rule")
    lena.page.wait_for_selector("text=The rule is set.")
    lena.page.click(".stepper button >> text=Deciding")
    lena.page.click(".dialog >> text=Open the poll")
    for name, visitor in people.items():
        visitor.open_tab("voting")
        visitor.page.click(f".vote >> text={'Object' if name == 'Jan Claes' else 'Approve'}")
        pictures.take(visitor, f"vote-{name.split()[0]}")
        visitor.page.click("text=Cast my vote")
        if name != list(people)[-1]:
            visitor.page.wait_for_selector(".vote .done")
    for visitor in (lena, *people.values()):
        visitor.page.wait_for_selector("#poll >> text=The statement is agreed")
    phone.open_tab("overview")
    pictures.take(phone, "agreed")
    pictures.take(lena, "agreed")
    (poll,) = polls(room)
    assert (poll["outcome"], poll["voices"]["approve"], poll["voices"]["object"]) == (
        "agreed",
        5,
        1,
    )
    until(lambda: marta.text() == olga.text() != "", "all see the same text")
    jan = people["Jan Claes"]
    jan.open_tab("dissents")
    jan.page.fill("#dissent-text", DISSENT)
    jan.page.click(".give button[type=submit]")
    jan.page.wait_for_selector(f"text={DISSENT}")
    marta.open_tab("dissents")
    marta.page.wait_for_selector(f"text={DISSENT}")
    check_reports(room, tmp_path, mode, pictures)
    for name, visitor in {"Lena": lena, **people}.items():
        assert visitor.complaints == [], name
