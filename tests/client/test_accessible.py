"""axe-core finds nothing on any page, in any light, at any width; and the keyboard alone is enough."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.client.axe import check
from tests.client.people import DESK, PHONE, SMALL_PHONE, Host, Room, until

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


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
    for tab in ("overview", "suggestions", "voting", "inputs", "comments"):
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


def test_what_is_still_being_written_can_be_read(room: Room, axe_script: str) -> None:
    ana = room.join("Ana")
    ana.page.wait_for_selector("ins.proposal")
    ana.page.evaluate(
        "() => document.querySelectorAll('.proposal').forEach((one) => one.classList.add('drafting'))"
    )
    check(ana.page, axe_script)
    assert ana.page.locator("ins.proposal.drafting").count() > 0


def test_what_opens_for_a_moment(room: Room, axe_script: str) -> None:
    ana = room.join("Ana")
    ana.write("We share the water of the river.")
    ana.page.keyboard.press("Control+k")
    ana.page.fill("#link-address", "javascript:alert(1)")
    ana.page.keyboard.press("Enter")
    ana.page.wait_for_selector("#link-problem")
    check(ana.page, axe_script)
    ana.page.keyboard.press("Escape")
    ana.open_tab("suggestions")
    for summary in ana.page.locator(".sources summary, .keys summary").all():
        summary.click()
    ana.page.click(".suggestion >> nth=1 >> text=Edit")
    check(ana.page, axe_script)
    ana.page.click(".suggestion >> nth=0 >> text=Reject")
    ana.page.click(".decided summary")
    check(ana.page, axe_script)
    ana.open_tab("inputs")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".give .alert")
    for text in ("One thing matters.", "So does another."):
        ana.page.fill("#input-text", text)
        ana.page.click(".give button[type=submit]")
        ana.page.wait_for_selector(f".given-text >> text={text}")
    ana.page.click(".given > li >> nth=0 >> text=Withdraw")
    ana.page.click(".given > li >> nth=1 >> text=Edit")
    check(ana.page, axe_script)
    ana.select(3, 8)
    ana.page.keyboard.press("Control+Alt+m")
    ana.page.wait_for_selector(".give .quoted")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".give .alert")
    check(ana.page, axe_script)
    ana.page.fill("#comment-text", "Share how?")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".statement .passage")
    check(ana.page, axe_script)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_session_as_its_facilitator_and_an_observer_see_it(
    host: Host, room: Room, axe_script: str, viewport: dict[str, int]
) -> None:
    facilitator = host.signed_in(viewport).page
    facilitator.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    facilitator.click("#tab-session")
    facilitator.wait_for_selector("#panel-session .invitations li")
    facilitator.click("[aria-label^='Take back']")
    check(facilitator, axe_script)
    link = host.call("POST", f"/sessions/{room.id}/invitations", {"role": "observer"})["link"]
    olga = host.visitor(viewport).page
    olga.goto(link)
    olga.fill("#name", "Olga")
    check(olga, axe_script)
    olga.click("button[type=submit]")
    olga.wait_for_selector(".statement", state="attached")
    for tab in ("suggestions", "comments"):
        olga.click(f"#tab-{tab}")
        check(olga, axe_script)


def test_where_there_is_nothing_to_see(host: Host, room: Room, axe_script: str) -> None:
    ana = room.join("Ana")
    ana.page.goto(f"{host.url}/")
    ana.page.wait_for_selector(".rows")
    check(ana.page, axe_script)
    ana.page.goto(f"{host.url}/s/no-such-session")
    ana.page.wait_for_selector(".alert")
    check(ana.page, axe_script)
    stranger = host.visitor().page
    stranger.goto(f"{host.url}/s/{room.id}")
    stranger.wait_for_selector(".alert")
    check(stranger, axe_script)
    # The statement cannot be fetched: the room waits for it.
    bo = host.visitor()
    bo.line.cut = True
    bo.page.goto(room.links[1])
    bo.page.fill("#name", "Bo")
    bo.page.click("button[type=submit]")
    bo.page.wait_for_selector(".waiting")
    bo.page.click("#tab-suggestions")
    check(bo.page, axe_script)


@pytest.mark.parametrize("width", [320, 390, 721, 900, 1280])
def test_nothing_is_wider_than_the_screen_or_too_small_to_hit(room: Room, width: int) -> None:
    ana = room.join("Ana", viewport={"width": width, "height": 700})
    for tab in ("overview", "suggestions", "voting", "inputs", "comments"):
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


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(one) => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")


def go_to_tab(page: Page, name: str) -> None:
    """Choose a part of the panel with the keys."""
    tab_to(page, "[role=tab]")
    for _ in range(7):
        if page.evaluate("() => document.activeElement.id") == f"tab-{name}":
            return
        page.keyboard.press("ArrowRight")
    raise AssertionError(f"the arrow keys do not lead to {name}")


def test_a_whole_session_without_a_mouse(host: Host, room: Room) -> None:
    bo = room.join("Bo", 1)
    page = host.visitor().page
    page.goto(room.links[0])
    page.wait_for_selector("#name")
    tab_to(page, "#name")
    page.keyboard.type("Ana")
    page.keyboard.press("Enter")
    page.wait_for_selector(".saved-saved")
    tab_to(page, ".statement")
    page.keyboard.type("We share the ")
    page.keyboard.press("Control+b")
    page.keyboard.type("river")
    page.keyboard.press("Control+b")
    page.keyboard.type(".")
    until(lambda: bo.text() == "We share the river.", "Bo sees it")
    assert bo.marked("strong") == "river"

    go_to_tab(page, "inputs")
    tab_to(page, "#input-text")
    page.keyboard.type("Everybody needs water.")
    tab_to(page, "[name=quote]")
    page.keyboard.press("ArrowDown")
    tab_to(page, ".give [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".given li >> text=quoted with name")

    go_to_tab(page, "suggestions")
    tab_to(page, "[data-card]")
    accepted = page.locator(".suggestion ins").first.inner_text()
    page.keyboard.press("a")
    until(lambda: accepted in bo.text(), "Bo sees what Ana accepted")
    page.keyboard.press("Shift+Tab")
    tab_to(page, ".suggestion button:not(.show, .accept)")
    rejected = page.locator(".suggestion ins").first.inner_text()
    page.keyboard.press("Enter")
    until(
        lambda: page.locator(f".suggestion:has-text('{rejected[:40]}')").count() == 0, "it is gone"
    )

    tab_to(page, ".statement")
    page.keyboard.press("Control+Home")
    page.keyboard.press("Control+Shift+ArrowRight")
    page.keyboard.press("Control+Alt+m")
    page.wait_for_selector(".give .quoted")
    quoted = page.inner_text(".give .quoted").strip()
    page.keyboard.type("Who are we?")
    tab_to(page, ".give [type=submit]")
    page.keyboard.press("Space")
    bo.page.wait_for_selector(".statement .passage")
    assert bo.page.inner_text(".statement .passage").strip() == quoted


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
    until(lambda: ana.page.locator("#panel-overview").count() == 1, "the first tab is shown")
