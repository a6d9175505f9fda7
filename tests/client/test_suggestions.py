"""What the bot proposes: seen in the text and as cards, decided once, never confused with the text itself."""

from __future__ import annotations

import pytest

from tests.client.axe import check
from tests.client.people import INPUTS, Host, Room, Visitor, until

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.fixture
def room(host: Host) -> Room:
    """A session in which the bot has proposed something."""
    room = host.new_room()
    room.give_inputs()
    room.refine()
    return room


def joined(room: Room, name: str, link: int = 0) -> Visitor:
    visitor = room.join(name, link)
    visitor.open_tab("suggestions")
    visitor.page.wait_for_selector(".suggestion .accept")
    return visitor


def cards(visitor: Visitor) -> int:
    return visitor.page.locator(".suggestion").count()


def first_proposal(visitor: Visitor) -> str:
    return visitor.page.locator(".suggestion ins").first.inner_text()


def focused_card(visitor: Visitor) -> int:
    index: int = visitor.page.evaluate(
        "() => [...document.querySelectorAll('[data-card]')].indexOf(document.activeElement)"
    )
    return index


def test_proposals_are_drawn_in_the_text_and_are_not_part_of_it(room: Room) -> None:
    ana = joined(room, "Ana")
    assert ana.page.locator(".statement ins.proposal").count() == cards(ana) > 1
    assert ana.text() == ""
    assert "participants’ own words" in ana.page.inner_text(".mode")
    ana.page.click(".suggestion .sources summary")
    assert any(text[:30] in ana.page.inner_text(".sources") for text in INPUTS)


def test_keys_move_accept_and_reject(room: Room) -> None:
    ana, bo = joined(room, "Ana"), joined(room, "Bo", 1)
    before = cards(ana)
    ana.page.focus("[data-card]")
    ana.page.keyboard.press("j")
    ana.page.keyboard.press("j")
    ana.page.keyboard.press("k")
    assert focused_card(ana) == 1
    accepted = ana.page.locator(".suggestion ins").nth(1).inner_text()
    ana.page.keyboard.press("a")
    until(lambda: accepted in ana.text() and accepted in bo.text(), "it is in the text")
    until(lambda: cards(ana) == cards(bo) == before - 1, "its card is gone")
    until(lambda: focused_card(ana) >= 0, "the next card has the focus")
    ana.page.keyboard.press("r")
    until(lambda: cards(ana) == cards(bo) == before - 2, "the rejected card is gone")
    assert ana.text() == bo.text() == accepted


def test_two_who_accept_at_once_put_it_in_once_and_typing_beside_it_survives(room: Room) -> None:
    ana, bo = joined(room, "Ana"), joined(room, "Bo", 1)
    text = first_proposal(ana)
    bo.write("Typed ")
    ana.page.evaluate("() => document.querySelector('.suggestion .accept').click()")
    bo.page.evaluate("() => document.querySelector('.suggestion .accept').click()")
    bo.page.keyboard.type("beside.", delay=5)
    until(lambda: ana.text() == bo.text() and text in ana.text(), "both see it")
    ana.wait_saved()
    bo.wait_saved()
    assert ana.text().count(text) == 1
    assert ana.text().count("Typed beside.") == 1


def test_an_edited_wording_is_its_editors(room: Room) -> None:
    ana = joined(room, "Ana")
    ana.page.focus("[data-card]")
    ana.page.keyboard.press("e")
    ana.page.keyboard.press("Control+a")
    ana.page.keyboard.type("In my own words.")
    ana.page.click("text=Accept my wording")
    until(lambda: ana.text() == "In my own words.", "it is in the text")
    ana.page.click(".decided summary")
    assert "accepted by Ana, with another wording" in ana.page.inner_text(".decided")


def test_who_comes_too_late_is_told_kindly(room: Room) -> None:
    ana = joined(room, "Ana")
    # Ana's page hears of nothing for a while.
    ana.go_offline()
    ana.page.route("**/suggestions", lambda route: route.abort())
    host = room.host
    listed = host.call("GET", f"/sessions/{room.id}/suggestions")["suggestions"]
    first = next(one for one in listed if one["status"] == "open")
    host.call("POST", f"/sessions/{room.id}/suggestions/{first['id']}/reject", {})
    ana.page.locator(f"[data-card='{first['id']}'] .accept").click()
    ana.page.unroute("**/suggestions")
    ana.page.wait_for_selector(".missed >> text=decided this a moment ago")


def test_on_a_phone_they_come_one_at_a_time(room: Room) -> None:
    bo = room.join("Bo", 1, viewport={"width": 390, "height": 844})
    bo.open_tab("suggestions")
    bo.page.wait_for_selector(".pager")
    assert cards(bo) == 1
    first = first_proposal(bo)
    assert bo.page.inner_text(".pager").startswith("1 of ")
    bo.page.click("[aria-label='Next suggestion']")
    assert bo.page.inner_text(".pager").startswith("2 of ")
    assert first_proposal(bo) != first
    bo.page.click(".accept")
    until(lambda: bo.text() != "", "it is in the text above")


def test_a_comment_marks_the_words_it_is_about(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("We share the water.")
    ana.select(3, 8)
    # However late the next frame is, what is typed is no part of the statement.
    ana.page.evaluate("() => { window.requestAnimationFrame = () => 0 }")
    ana.page.keyboard.press("Control+Alt+m")
    ana.page.wait_for_selector(".give .quoted >> text=share")
    ana.page.keyboard.type("Share how?")
    ana.page.click("text=Add comment")
    bo.page.wait_for_selector(".passage >> text=share")
    bo.open_tab("comments")
    bo.page.wait_for_selector(".comment >> text=Share how?")
    ana.page.click(".comment >> text=Resolve")
    until(lambda: bo.page.locator(".passage").count() == 0, "the mark is gone")
    assert ana.text() == "We share the water."


def test_under_the_headings_of_the_text_a_group_is_decided_in_one_go(
    host: Host, axe_script: str
) -> None:
    room = host.new_room()
    room.give_inputs()
    ana = room.join("Ana")
    ana.write("# Water")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("We share it.", delay=5)
    ana.wait_saved()
    room.refine()
    ana.open_tab("suggestions")
    ana.page.wait_for_selector(".group-head >> text=Under “Water”")
    before = cards(ana)
    assert ana.page.inner_text(".group-head .count") == str(before)
    ana.page.focus("[data-card]")
    ana.page.keyboard.press("j")
    assert focused_card(ana) == 1
    check(ana.page, axe_script)
    # One is decided by somebody else, while Ana makes up her mind about all of them.
    proposals = ana.page.locator(".suggestion ins").all_inner_texts()
    ana.page.click(f"text=Accept all {before}")
    bo = joined(room, "Bo", 1)
    bo.page.locator(".suggestion").nth(1).locator("text=Reject").click()
    until(lambda: cards(bo) == before - 1, "Bo has rejected one")
    ana.page.click(".all-of .danger")
    until(lambda: cards(ana) == 0, "all are decided")
    accepted = [one for place, one in enumerate(proposals) if place != 1]
    assert ana.text().split("\n")[:2] == ["Water", "We share it."]
    assert all(ana.text().count(one) == 1 for one in accepted)
    assert proposals[1] not in ana.text()
