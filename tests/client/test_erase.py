"""Erasing on the page: what is asked first, what is shown after, by keyboard and on a phone."""

from __future__ import annotations

import pytest

from tests.client.axe import check
from tests.client.people import DESK, SMALL_PHONE, Host, until

KEPT = "Drinking water comes first."
GONE = "The river must never fall below the level the fish need."


pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.mark.parametrize("viewport", [DESK, SMALL_PHONE], ids=["desk", "phone"])
def test_an_input_is_erased_after_it_was_said_what_that_means(
    host: Host, axe_script: str, viewport: dict[str, int]
) -> None:
    room = host.new_room()
    ana = room.join("Ana", viewport=viewport)
    page = ana.page
    ana.open_tab("inputs")
    for text in (KEPT, GONE):
        page.fill("#input-text", text)
        page.click(".give button[type=submit]")
        page.wait_for_selector(f".given-text >> text={text}")
    room.refine()
    one = page.locator(".given > li", has_text=GONE)
    one.get_by_role("button", name="Erase").focus()

    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Erase this input for good?")
    dialog.wait_for()
    assert dialog.evaluate("it => it.contains(document.activeElement) && it.scrollTop === 0")
    check(page, axe_script)
    assert dialog.evaluate("it => it.scrollWidth <= it.clientWidth")
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert one.get_by_role("button", name="Erase").evaluate(
        "button => button === document.activeElement"
    )
    assert host.call("GET", f"/sessions/{room.id}")["inputs"]["count"] == 2

    page.keyboard.press("Enter")
    dialog.wait_for()
    page.keyboard.press("Enter")  # once too often does nothing
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector(f".given-text >> text={GONE}", state="detached")
    page.wait_for_selector("text=An input is erased")
    assert page.locator(".given-text").all_inner_texts() == [KEPT]
    check(page, axe_script)

    page.locator(".given > li", has_text=KEPT).get_by_role("button", name="Withdraw").click()
    page.locator(".confirm .danger").click()
    page.wait_for_selector("#withdrawn")
    withdrawn = page.locator("section", has=page.locator("#withdrawn"))
    check(page, axe_script)
    withdrawn.get_by_role("button", name="Erase").click()
    page.locator("dialog[open]").get_by_role("button", name="Erase for good").click()
    until(lambda: page.locator("text=An input is erased").count() == 2, "both are erased")
    page.wait_for_selector("#withdrawn", state="detached")

    ana.open_tab("suggestions")
    page.click(".decided summary")
    until(
        lambda: page.locator(".decided >> text=Its words were erased").count() >= 1,
        "suggestions say why they are empty",
    )
    assert GONE not in page.inner_text("body")
    check(page, axe_script)
    assert ana.complaints == []
