"""axe-core finds nothing on any page, in any light, at any width; and the keyboard alone is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.client.people import DESK, PHONE, SMALL_PHONE, Host, Room, until

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(autouse=True)
def everybody_goes_home(host: Host) -> Iterator[None]:
    yield
    host.send_home()


def violations(page: Page, axe_script: str) -> list[Any]:
    page.wait_for_timeout(150)
    page.evaluate(axe_script)
    found: list[Any] = page.evaluate(
        """async (rules) => {
          const { violations } = await axe.run(document, {runOnly: {type: 'tag', values: rules}})
          return violations.map(({id, nodes}) => [id, nodes.map(({target}) => target)])
        }""",
        RULES,
    )
    return found


def check(page: Page, axe_script: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page, axe_script) == [], f"{page.url} in the {scheme}"


@pytest.fixture
def room(host: Host) -> Room:
    room = host.new_room()
    room.give_inputs()
    room.refine()
    return room


def test_pages_before_the_room(host: Host, room: Room, axe_script: str) -> None:
    guest = host.visitor().page
    guest.goto(f"{host.url}/")
    guest.wait_for_selector(".note")
    check(guest, axe_script)
    guest.goto(f"{host.url}/join#no-such-invitation")
    guest.wait_for_selector(".alert")
    check(guest, axe_script)
    guest.goto(f"{host.url}/sign-in#no-such-token")
    guest.wait_for_selector(".alert")
    check(guest, axe_script)
    guest.goto(room.links[0])
    guest.click("button[type=submit]")
    guest.wait_for_selector(".field-error")
    check(guest, axe_script)


def test_the_facilitators_pages(host: Host, room: Room, axe_script: str) -> None:
    page = host.signed_in().page
    page.wait_for_selector(".rows")
    check(page, axe_script)
    page.click("form .big")
    page.wait_for_selector(".field-error")
    check(page, axe_script)
    page.fill("#title", "Another session")
    page.fill("#question", "What then?")
    page.fill("#stakeholders", "ana@example.org, bo@example.org")
    page.click("form .big")
    page.wait_for_selector(".links")
    check(page, axe_script)
    # Else the browser asks whether to leave: the links cannot be shown again.
    page.click("text=Copy all links")
    page.wait_for_selector("button >> text=Copied")
    page.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    page.wait_for_selector(".statement")
    page.click("#tab-session")
    page.wait_for_selector(".invitations li")
    page.click(".invite button")
    page.wait_for_selector(".made")
    page.click("details summary >> text=Access for another program")
    check(page, axe_script)


@pytest.mark.parametrize("viewport", [DESK, PHONE, SMALL_PHONE], ids=["desk", "phone", "small"])
def test_the_room(room: Room, axe_script: str, viewport: dict[str, int]) -> None:
    ana = room.join("Ana", viewport=viewport)
    ana.write("# One river")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("- We share it.", delay=5)
    check(ana.page, axe_script)
    for tab in ("suggestions", "inputs", "comments"):
        ana.open_tab(tab)
        check(ana.page, axe_script)
    ana.page.click(".people summary")
    check(ana.page, axe_script)
    ana.go_offline()
    check(ana.page, axe_script)
    ana.line.cut = False
    ana.wait_saved()
    ana.line.close(4409)
    ana.page.wait_for_selector(".bar-ending")
    check(ana.page, axe_script)


@pytest.mark.parametrize("width", [320, 390, 721, 900, 1280])
def test_nothing_is_wider_than_the_screen_or_too_small_to_hit(room: Room, width: int) -> None:
    ana = room.join("Ana", viewport={"width": width, "height": 700})
    for tab in ("suggestions", "inputs", "comments"):
        ana.open_tab(tab)
        too_wide = ana.page.evaluate(
            """() => [...document.querySelectorAll('body *')]
              .filter((e) => e.checkVisibility() && !e.closest('.toolbar, .tabs, .caret'))
              .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
              .map((e) => e.outerHTML.slice(0, 80))"""
        )
        assert too_wide == []
        too_small = ana.page.evaluate(
            """() => [...document.querySelectorAll('button, summary, select, textarea, label')]
              .map((e) => [e.getBoundingClientRect(), e])
              .filter(([box, e]) => box.width > 0 && !e.closest('.field > label, .hidden'))
              .filter(([box, e]) => e.tagName !== 'LABEL' || e.querySelector('input'))
              .filter(([box]) => Math.min(box.width, box.height) < 24)
              .map(([box, e]) => e.outerHTML.slice(0, 80))"""
        )
        assert too_small == []


def test_the_keyboard_alone_is_enough(room: Room) -> None:
    ana = room.join("Ana")
    keys = ana.page.keyboard
    ana.page.focus("[role=toolbar] button")
    keys.press("ArrowRight")
    assert ana.page.evaluate("() => document.activeElement.ariaLabel") == "Italic"
    keys.press("End")
    keys.press("Home")
    assert ana.page.evaluate("() => document.activeElement.ariaLabel") == "Bold"
    keys.press("Tab")
    assert ana.page.evaluate("() => document.activeElement.matches('.statement')")
    keys.type("- no trap", delay=5)
    keys.press("Tab")
    assert not ana.page.evaluate("() => document.activeElement.matches('.statement')")
    ana.page.focus("[role=tab][aria-selected=true]")
    keys.press("ArrowRight")
    until(lambda: ana.page.locator("#panel-comments").count() == 1, "the next tab is shown")
    keys.press("Home")
    until(lambda: ana.page.locator("#panel-suggestions").count() == 1, "the first tab is shown")
