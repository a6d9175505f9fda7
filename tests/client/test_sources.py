"""Where the statement comes from, what became of my points, dissent notes, and what can be taken away."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.client.axe import check
from tests.client.people import PHONE, SMALL_PHONE, Host, Room, Visitor, until
from tests.client.test_accessible import tab_to
from web.commands import audit

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


def give(visitor: Visitor, text: str) -> None:
    visitor.open_tab("inputs")
    visitor.page.fill("#input-text", text)
    visitor.page.click(".give button[type=submit]")
    visitor.page.wait_for_selector(f".given-text >> text={text}")


def accept(visitor: Visitor, words: str) -> None:
    """Accept the suggestion that has some words, and wait until it is through."""
    card = visitor.page.locator(f".suggestion:has-text('{words}')")
    card.locator(".accept").click()
    until(lambda: card.count() == 0 and words in visitor.text(), f"“{words}” is accepted")


def nothing_sticks_out(page: Page) -> None:
    """Nothing of the panel is wider than the screen, and everything in it can be hit."""
    found = page.evaluate(
        """() => [...document.querySelectorAll('.panel-body *')].filter((e) => e.checkVisibility())
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
          .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert found == []
    small = page.evaluate(
        """() => [...document.querySelectorAll('.panel-body :is(button, summary, textarea)')]
          .filter((e) => e.checkVisibility())
          .filter((e) => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)
          .map((e) => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


@pytest.fixture
def room(host: Host) -> Room:
    """A session in which the bot has read what Bo gave, and nothing is decided."""
    room = host.new_room()
    room.give_inputs()
    return room


def test_every_sentence_says_where_it_comes_from_and_every_point_where_it_went(
    host: Host, room: Room, axe_script: str
) -> None:
    ana = room.join("Ana")
    page = ana.page
    ana.open_tab("sources")
    page.wait_for_selector(".measures")
    assert page.locator(".measure-value").first.inner_text() == "Not counted yet"
    assert page.locator("text=You have given no input yet").count() == 1
    assert "others may guess whose it is" in page.inner_text(".note-warn")

    give(ana, "Lakes need shade. Ducks need peace.")
    room.refine()
    ana.open_tab("suggestions")
    accept(ana, "Lakes need shade")
    ana.open_tab("sources")
    page.wait_for_selector(".sentence >> text=Sourced")
    page.wait_for_selector(".points .fate-in_text")
    assert page.locator(".fate-proposed").count() == 1

    # What people write themselves says so, soon, without anybody asking: the text tells.
    ana.write(" We met 12 times.")
    page.wait_for_selector(".sentence:has-text('We met 12 times.') >> text=Written here")
    assert "50%" in page.locator(".measure-value").first.inner_text()
    assert "1 of 2 sentences" in page.locator(".measure-value").first.inner_text()

    # From the list into the text, and from the text into the list, by keys alone.
    tab_to(page, ".sentence-text")
    page.keyboard.press("Enter")
    page.wait_for_selector(".statement .spot")
    assert "Lakes need shade" in page.inner_text(".statement .spot")
    page.focus(".statement")
    page.keyboard.press("Control+End")
    page.wait_for_selector(".sentence.current >> text=We met 12 times.")
    page.keyboard.press("Control+Home")
    page.wait_for_selector(".sentence.current >> text=Lakes need shade")
    page.click(".sentences .sources summary")
    assert "a participant, without name" in page.inner_text(".sentences .sources li")

    # “That is not what I meant”, by keys as well.
    page.locator(".points li >> nth=0 >> text=That is not what I meant").focus()
    page.keyboard.press("Enter")
    page.keyboard.type("Trees, I meant.")
    check(page, axe_script)
    tab_to(page, ".use [type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".points .fate-disputed")
    page.wait_for_selector(".sentence >> text=Source lost")
    ana.open_tab("comments")
    page.wait_for_selector(".comment >> text=Trees, I meant.")
    # The same receipt stands with what one gave.
    ana.open_tab("inputs")
    page.wait_for_selector(".receipt .fate-disputed")
    check(page, axe_script)

    # Whoever says so of a proposal sees that as well, and is not asked again.
    ducks = page.locator(".points li >> nth=1")
    ducks.locator("text=That is not what I meant").click()
    ducks.locator("text=Say so").click()
    until(lambda: page.locator(".points .fate-disputed").count() == 2, "both are disputed")
    assert page.locator("text=That is not what I meant").count() == 0

    for viewport in (PHONE, SMALL_PHONE):
        page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
        ana.open_tab("sources")
        page.wait_for_selector(".sentence")
        check(page, axe_script)
        nothing_sticks_out(page)
    page.locator(".sentence-text").first.click()
    page.wait_for_selector(".showing-statement .statement .spot")
    assert ana.complaints == []


def test_what_cannot_be_counted_says_why_and_is_asked_for_again(
    room: Room, axe_script: str
) -> None:
    """Of a refusal, which the page does not ask about again by itself: what is seen is the button's doing."""
    ana = room.join("Ana")
    ana.page.route("**/measures", lambda route: route.fulfill(status=418, json={}))
    ana.open_tab("sources")
    ana.page.wait_for_selector(".panel-body .alert")
    check(ana.page, axe_script)
    ana.page.unroute("**/measures")
    ana.page.click(".panel-body .alert button")
    ana.page.wait_for_selector(".measures")
    assert ana.page.locator(".panel-body .alert").count() == 0


def test_a_dissent_note_is_its_authors_alone(host: Host, room: Room, axe_script: str) -> None:
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    for one in (ana, bo):
        one.open_tab("dissents")
    bo.page.wait_for_selector("text=Nobody has written a note")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".give .alert")
    check(ana.page, axe_script)
    ana.page.fill("#dissent-text", "Not without shade.")
    ana.page.click(".give button[type=submit]")
    # Bo sees it at once, does not see whose it is, and cannot touch it.
    note = bo.page.locator(".dissent")
    note.wait_for()
    assert "Not without shade." in note.inner_text()
    assert "a participant" in note.inner_text()
    assert "Ana" not in note.inner_text()
    assert note.locator("button").count() == 0
    ana.page.click(".dissent >> text=Edit")
    ana.page.check(".dissent input[type=checkbox]")
    check(ana.page, axe_script)
    ana.page.click(".dissent [type=submit]")
    until(lambda: "Ana" in note.inner_text(), "Bo sees the name")
    ana.page.click(".dissent >> text=Remove")
    check(ana.page, axe_script)
    ana.page.click(".dissent .danger")
    bo.page.wait_for_selector("text=Nobody has written a note")

    link = host.call("POST", f"/sessions/{room.id}/invitations", {"role": "observer"})["link"]
    olga = host.visitor(PHONE)
    olga.page.goto(link)
    olga.page.fill("#name", "Olga")
    olga.page.click("button[type=submit]")
    olga.page.wait_for_selector(".statement", state="attached")
    for tab in ("dissents", "sources", "report"):
        olga.open_tab(tab)
        check(olga.page, axe_script)
        nothing_sticks_out(olga.page)
    assert olga.page.locator("#dissent-text, .receipt").count() == 0


def test_the_report_comes_in_every_form_to_whoever_asks(
    host: Host, room: Room, axe_script: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ana = room.join("Ana")
    ana.write("We share the water.")
    ana.wait_saved()
    # The same browser is somebody else elsewhere, and came in there last.
    other = host.new_room(title="Another one")
    ana.page.goto(other.links[0])
    ana.page.fill("#name", "Anna")
    ana.page.click("button[type=submit]")
    ana.page.wait_for_selector(".saved-saved")
    ana.page.go_back()
    ana.page.goto(f"{host.url}/s/{room.id}")
    ana.page.wait_for_selector(".statement")
    ana.open_tab("report")
    ana.page.wait_for_selector(".copyable")
    check(ana.page, axe_script)
    starts = [b"%PDF-", b"PK", b"# Water", b"{", b"# Water"]
    for index, start in enumerate(starts):
        with ana.page.expect_download() as coming:
            ana.page.locator(".kinds button").nth(index).click()
        file = tmp_path / f"{index}-{coming.value.suggested_filename}"
        coming.value.save_as(file)
        assert file.name.startswith(f"{index}-water-in-dry-summers.")
        assert file.read_bytes().startswith(start)
    key = ana.page.locator(".copyable code").first.inner_text()
    assert audit.verify(next(tmp_path.glob("3-*.json")), key=key) == 0
    assert "VERIFIED" in capsys.readouterr().out
    # What goes wrong is said in words, beside what was asked for.
    ana.page.route("**/report.pdf", lambda route: route.abort())
    ana.page.locator(".kinds button").first.click()
    ana.page.wait_for_selector(".kinds li:first-child .alert")
    ana.page.route(
        "**/report.docx",
        lambda route: route.fulfill(
            status=503,
            content_type="application/problem+json",
            body='{"type": "x/try-again", "detail": "The server is stopping."}',
        ),
    )
    ana.page.locator(".kinds button").nth(1).click()
    ana.page.wait_for_selector(".kinds .alert >> text=The server is stopping.")
    check(ana.page, axe_script)
