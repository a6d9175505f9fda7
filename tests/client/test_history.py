"""The history in the page: who wrote what, what changed since, and going back without losing a word."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.client.axe import check
from tests.client.people import PHONE, SMALL_PHONE, Host, Room, until
from tests.client.test_sources import nothing_sticks_out

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.fixture
def room(host: Host) -> Room:
    """A session in which the bot has proposed something."""
    room = host.new_room()
    room.give_inputs()
    room.refine()
    return room


def open_version(page: Page, index: int) -> None:
    page.locator(".version").nth(index).click()
    page.wait_for_selector(".signed")


def test_a_facilitator_sees_who_wrote_what_and_goes_back_while_somebody_types(
    host: Host, room: Room, axe_script: str
) -> None:
    facilitator = host.signed_in()
    page = facilitator.page
    page.emulate_media(
        reduced_motion="reduce"
    )  # else names at carets fade while they are looked at
    page.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    page.wait_for_selector(".statement")
    facilitator.open_tab("history")
    page.wait_for_selector("text=Nothing has been written yet.")
    check(page, axe_script)

    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("The river gives water to all of us. ")
    ana.wait_saved()
    bo.write("Fish need it too.")
    bo.wait_saved()
    ana.open_tab("suggestions")
    ana.page.wait_for_selector(".suggestion .accept")
    accepted = ana.page.locator(".suggestion ins").first.inner_text()
    ana.page.locator(".suggestion .accept").first.click()
    until(lambda: accepted in bo.text(), "it is in the text")

    # The list comes by itself: three people have been at it, and an acceptance stands for itself.
    page.wait_for_selector(".version-note >> text=Suggestions accepted")
    assert page.locator(".version").count() == 2
    assert page.locator(".version").nth(1).locator(".share bdi").all_inner_texts() == ["Ana", "Bo"]
    check(page, axe_script)

    # By keys alone into a version: its words have their authors, in letters and not only in colour.
    page.locator(".version").nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".signed")
    assert page.evaluate("() => document.activeElement.tagName") == "H2"
    words = page.locator(".signed .words")
    assert [one.split(": ")[0] for one in words.all_text_contents()] == ["AAna", "BBo"]
    check(page, axe_script)
    page.check("text=Changes since")
    assert accepted in page.inner_text(".changes ins")
    check(page, axe_script)

    page.focus(".restore button")
    page.keyboard.press("Enter")
    check(page, axe_script)
    bo.write(" And so do birds.")  # while the facilitator hesitates
    bo.wait_saved()
    page.keyboard.press("Enter")
    page.wait_for_selector(".note-done:not(:empty)")
    until(lambda: accepted not in ana.text(), "what was accepted is gone")
    assert ana.text() == bo.text() == "The river gives water to all of us. Fish need it too."
    bo.write(" Birds too.")
    bo.wait_saved()
    until(lambda: ana.text().endswith("Fish need it too. Birds too."), "Bo goes on")

    # And back again: what was restored away is a version too.
    page.wait_for_selector(".version-note >> text=An earlier version restored")
    rows = page.locator(".version")
    until(lambda: rows.count() == 5, "each step is a version")
    open_version(page, 2)
    page.click(".restore button")
    page.click(".restore .danger")
    page.wait_for_selector(".note-done:not(:empty)")
    until(lambda: accepted in ana.text() and "so do birds" in ana.text(), "it is back")
    assert facilitator.complaints == []


def test_everybody_reads_the_history_and_only_an_open_text_goes_back(
    host: Host, room: Room, axe_script: str
) -> None:
    ana = room.join("Ana")
    ana.write("One. ")
    ana.wait_saved()
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "deciding"})
    ana.open_tab("history")
    ana.page.wait_for_selector(".version-note >> text=Asked about in vote 1")
    open_version(ana.page, 0)
    assert ana.page.locator(".restore").count() == 0
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining", "seen": "deciding"})
    ana.page.wait_for_selector(".statement[contenteditable=true]")
    ana.write("Two. ")
    ana.page.check("text=Changes since")
    ana.page.wait_for_selector(".changes ins >> text=Two.")
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "deciding", "seen": "refining"})

    facilitator = host.signed_in(PHONE)
    page = facilitator.page
    page.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    page.wait_for_selector(".statement", state="attached")
    facilitator.open_tab("history")
    page.wait_for_selector(".version")
    for viewport in (PHONE, SMALL_PHONE):
        page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        check(page, axe_script)
        nothing_sticks_out(page)
    open_version(page, 1)
    page.wait_for_selector("text=the text stays as it is")
    check(page, axe_script)
    nothing_sticks_out(page)
    # A page that hears of nothing still offers it: then the server says no, in words.
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining", "seen": "deciding"})
    deaf = host.signed_in()
    deaf.page.route("**/events*", lambda route: route.abort())
    deaf.page.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    deaf.page.wait_for_selector(".statement")
    deaf.open_tab("history")
    open_version(deaf.page, 1)
    deaf.page.click(".restore button")
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "deciding", "seen": "refining"})
    deaf.page.click(".restore .danger")
    deaf.page.wait_for_selector(".restore .alert")
    check(deaf.page, axe_script)
    assert ana.text() == "One. Two. "
