"""What the page says about what is saved, and what it does when the connection is over for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client.people import Host, until

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


def test_saved_is_said_only_when_the_server_has_answered(host: Host) -> None:
    ana = host.new_room().join("Ana")
    ana.line.holding = True
    ana.write("x")
    ana.page.wait_for_selector(".saved-saving")
    ana.page.wait_for_timeout(400)
    assert ana.page.inner_text(".saved") == "Saving…"
    ana.line.let_marks_go()
    ana.wait_saved()
    # Deletions change no clock; they count all the same.
    ana.line.holding = True
    ana.page.keyboard.press("Backspace")
    ana.page.wait_for_selector(".saved-saving")
    ana.line.let_marks_go()
    ana.wait_saved()


def test_a_refused_change_is_not_lost_in_silence(host: Host) -> None:
    ana = host.new_room().join("Ana")
    ana.write("Words worth keeping.")
    ana.wait_saved()
    reason = b"client id 7 is not yours"
    ana.line.say(bytes([2, 0, len(reason)]) + reason)
    ana.page.wait_for_selector(f".bar-ending >> text={reason.decode()}")
    assert ana.page.inner_text(".saved") == "Stopped"
    ana.page.wait_for_selector(".statement[contenteditable=false]")
    with ana.page.expect_download() as download:
        ana.page.click("button >> text=Save a copy")
    assert Path(download.value.path()).read_text() == "Words worth keeping.\n"
    ana.page.click("button >> text=Load the server’s version")
    ana.page.wait_for_selector(".statement[contenteditable=true]")
    ana.wait_saved()
    ana.write(" And on.")
    ana.wait_saved()
    assert ana.text() == "Words worth keeping. And on."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (4401, "Open your invitation link again"),
        (4403, "no longer have access"),
        (4429, "too many tabs"),
        (4404, "does not exist any more"),
        (4409, "restored to an earlier version"),
        (4413, "too large"),
    ],
)
def test_every_ending_says_what_to_do(host: Host, code: int, words: str) -> None:
    ana = host.new_room().join("Ana")
    ana.line.close(code, "because")
    ana.page.wait_for_selector(f".bar-ending >> text={words}")
    ana.page.wait_for_selector(".statement[contenteditable=false]")


def test_who_is_taken_out_is_told_and_can_write_no_more(host: Host) -> None:
    room = host.new_room()
    ana = room.join("Ana")
    invitations = host.call("GET", f"/sessions/{room.id}/invitations")["invitations"]
    joined = next(one for one in invitations if one["state"] == "joined")
    facilitator = host.signed_in()
    facilitator.page.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    facilitator.open_tab("session")
    facilitator.page.click(f"[aria-label='Take back: {joined['name']}']")
    facilitator.page.click(".confirm .danger")
    ana.page.wait_for_selector(".bar-ending >> text=no longer have access")


def test_who_is_taken_out_while_writing_keeps_every_word(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("Said together. ")
    until(lambda: bo.text() == "Said together. ", "Bo sees it")
    ana.go_offline()
    ana.write("Written alone")
    listed = host.call("GET", f"/sessions/{room.id}/invitations")["invitations"]
    mine = next(one for one in listed if one["name"] == "Ana")
    host.revoke(f"/sessions/{room.id}/invitations/{mine['id']}")
    ana.page.keyboard.type(", while I was taken out.", delay=5)
    ana.line.cut = False
    ana.page.wait_for_selector(".bar-ending >> text=Open your invitation link again")
    ana.page.wait_for_selector(".statement[contenteditable=false]")
    written = "Said together. Written alone, while I was taken out."
    assert ana.text() == written
    with ana.page.expect_download() as download:
        ana.page.click("button >> text=Save a copy")
    assert Path(download.value.path()).read_text() == f"{written}\n"
    assert bo.text() == "Said together. "


def test_drafts_outlive_a_reload(host: Host) -> None:
    ana = host.new_room().join("Ana")
    ana.open_tab("inputs")
    ana.page.fill("#input-text", "Half a thought")
    ana.page.reload()
    ana.open_tab("inputs")
    until(lambda: ana.page.input_value("#input-text") == "Half a thought", "the draft is back")


def test_secrets_leave_the_address_bar_at_once(host: Host) -> None:
    room = host.new_room()
    guest = host.visitor()
    guest.page.goto(room.links[0])
    guest.page.wait_for_selector("#name")
    assert guest.page.url == f"{host.url}/join"
    facilitator = host.signed_in()
    assert facilitator.page.url == f"{host.url}/"


def test_several_people_live_in_one_browser(host: Host) -> None:
    room = host.new_room()
    ana = room.join("Ana")
    second = ana.context.new_page()
    second.goto(room.links[1])
    second.fill("#name", "Bo")
    second.click("button[type=submit]")
    second.wait_for_selector(".statement")
    ana.write("From the first tab.")
    until(lambda: "From the first tab." in second.inner_text(".statement"), "the second sees it")
    second.click(".people summary")
    assert "Bo\nyou · participant" in second.inner_text(".popover")
    ana.page.click(".people summary")
    assert "Ana\nyou · participant" in ana.page.inner_text(".popover")
