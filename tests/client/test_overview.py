"""The overview: on a phone the first screen, and true on all of a person's devices."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.client.axe import check
from tests.client.people import DESK, PHONE, QUESTION, SMALL_PHONE, Host, Room, Visitor, until
from tests.harness import server_process


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("overview") / "data"


@pytest.fixture(scope="module")
def host(browser: Browser, folder: Path) -> Iterator[Host]:
    with server_process(folder) as server, Host(server.url, browser) as found:
        yield found


pytestmark = pytest.mark.usefixtures("everybody_goes_home")


def come(room: Room, name: str, viewport: dict[str, int], link: int = 0) -> Visitor:
    """Open an invitation and come in, to whatever is shown first."""
    visitor = room.host.visitor(viewport)
    visitor.page.goto(room.links[link])
    visitor.page.fill("#name", name)
    visitor.page.click("button[type=submit]")
    visitor.page.wait_for_selector("[role=tabpanel]")
    return visitor


def in_sight(visitor: Visitor, selector: str) -> bool:
    """Whether all of it is on the screen, as it is without scrolling."""
    seen: bool = visitor.page.evaluate(
        """(selector) => [...document.querySelectorAll(selector)].every((one) => {
          const { top, bottom, left, right } = one.getBoundingClientRect()
          const end = document.querySelector('.bottom')?.getBoundingClientRect().top ?? innerHeight
          return top >= 0 && left >= 0 && right <= innerWidth && bottom <= end
        })""",
        selector,
    )
    return seen


def tasks(visitor: Visitor) -> list[str]:
    found: list[str] = visitor.page.eval_on_selector_all(
        ".task", "(tasks) => tasks.map((one) => one.dataset.task)"
    )
    return found


def news(visitor: Visitor) -> list[str]:
    return visitor.page.locator(".news li > span").all_inner_texts()


@pytest.mark.parametrize("viewport", [PHONE, SMALL_PHONE], ids=["phone", "small"])
def test_the_first_screen_of_a_phone_says_where_things_stand_and_what_waits(
    host: Host, axe_script: str, viewport: dict[str, int]
) -> None:
    room = host.new_room(guests=3)
    room.give_inputs()
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining"})
    room.round(minutes=90)
    room.refine()
    ana = come(room, "Ana", viewport)
    ana.page.wait_for_selector("#panel-overview .task")
    until(lambda: tasks(ana) == ["rank", "input", "suggestions"], "everything that waits is told")
    assert ana.page.inner_text(".topic-question").endswith(QUESTION)
    assert "Refining" in ana.page.inner_text(".phase-word")
    assert re.match(r"Ranking ends in (89|90) minutes \(.+\)\.", ana.page.inner_text(".until"))
    for shown in (".topic-question", ".phase-word", ".until", ".task"):
        assert in_sight(ana, shown), shown
    if viewport == PHONE:
        assert in_sight(ana, ".news")
    check(ana.page, axe_script)
    ana.page.click("[data-task=rank]")
    ana.page.wait_for_selector("#panel-voting .candidate")
    assert ana.page.evaluate("() => document.activeElement.id") == "panel-voting"
    ana.open_tab("overview")
    ana.page.click("[data-task=input]")
    ana.page.fill("#input-text", "The canal is part of it.")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".given-text")
    ana.open_tab("overview")
    until(lambda: tasks(ana) == ["rank", "suggestions"], "what is done does not wait")
    assert ana.complaints == []


def leave(visitor: Visitor, folder: Path) -> None:
    """Go away, for so long that the visit has ended."""
    with closing(sqlite3.connect(folder / "accord.db", timeout=10)) as base:

        def last_sign() -> str:
            (found,) = base.execute("SELECT max(seen_at) FROM visits").fetchone()
            return str(found)

        before = last_sign()
        visitor.page.goto("about:blank")
        until(lambda: last_sign() != before, "the page says that it goes")
        with base:
            base.execute("UPDATE visits SET seen_at = '2026-01-01 00:00:00.000000'")


def test_what_is_new_is_the_same_on_all_devices_and_reloads_do_not_eat_it(
    host: Host, folder: Path, axe_script: str
) -> None:
    room = host.new_room(guests=3)
    bo = room.guest("Bo", 1)
    phone = come(room, "Ana", PHONE)
    phone.page.wait_for_selector(".news >> text=This is your first visit")
    address = phone.page.url
    leave(phone, folder)

    bo.give("The quay stays open to everybody.")
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "drafting"})
    bo.call("POST", "/critiques", {"text": "Nobody speaks of noise.", "visibility": "open"})
    bo.call("POST", "/critiques", {"text": "Only for the bot.", "visibility": "private"})
    room.refine()
    room.guest("Cleo", 2)
    expected = {
        "1 new input.",
        "1 new suggestion.",
        "1 new comment by Bo.",
        "The session went to “Drafting”.",
        "Cleo joined.",
    }
    phone.page.goto(address)
    phone.page.wait_for_selector(".news li")
    assert set(news(phone)) == expected
    assert phone.page.inner_text("#news").startswith("New since ")
    phone.page.reload()
    phone.page.wait_for_selector(".news li")
    assert set(news(phone)) == expected
    desk = come(room, "Ana", DESK)
    desk.open_tab("overview")
    desk.page.wait_for_selector(".news li")
    assert set(news(desk)) == expected
    check(desk.page, axe_script)

    host.call("PATCH", f"/sessions/{room.id}", {"title": "Another title"})
    until(lambda: "Title or question were corrected." in news(phone), "it is told as it happens")
    until(lambda: len(news(desk)) == 6, "and on the other device")
    desk.page.click(".news >> text=Mark as read")
    desk.page.wait_for_selector(".news >> text=Nothing has happened since")
    phone.page.reload()
    phone.page.wait_for_selector(".news >> text=Nothing has happened since")
    assert phone.complaints == desk.complaints == []
