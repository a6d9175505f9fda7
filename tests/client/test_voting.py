"""Candidates ranked with keys, a mouse and a finger; polls from the rule to the end; two facilitators at once."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route

from tests.client.axe import check
from tests.client.people import DESK, PHONE, Host, Room, Visitor, until

pytestmark = pytest.mark.usefixtures("everybody_goes_home")


@pytest.fixture
def room(host: Host) -> Room:
    """A session of three in which something is written and candidates can be made."""
    room = host.new_room(guests=4)
    room.give_inputs()
    cleo = room.guest("Cleo", 2)
    cleo.give("Whoever wastes water pays for it.", "No well is drilled without asking.")
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining"})
    return room


def led(room: Room, viewport: dict[str, int] = DESK) -> Visitor:
    """Let the facilitator come in by a browser, to where people vote."""
    lena = room.host.signed_in(viewport)
    lena.page.goto(f"{room.host.url}/s/{room.id}?as={room.facilitator}")
    lena.page.wait_for_selector(".statement", state="attached")
    lena.open_tab("voting")
    return lena


def written(room: Room, name: str, text: str) -> Visitor:
    visitor = room.join(name)
    visitor.write(text)
    visitor.wait_saved()
    return visitor


def ranking(page: Page) -> list[str]:
    """What the page shows as ranked: the place and the name of each row."""
    rows: list[str] = page.eval_on_selector_all(
        ".ranked .rank-row",
        """(rows) => rows.map((row) => `${row.querySelector('.rank-place').firstChild.data} `
          + row.querySelector('strong').textContent)""",
    )
    return rows


def spoken(page: Page) -> str:
    return page.locator(".ranker [role=status]").inner_text()


def drag(visitor: Visitor, name: str, to: str, *, part: float, touch: bool = False) -> None:
    """Drag a candidate by its handle to a part of another's row, from 0, the upper edge, to 1."""
    page = visitor.page
    grip = page.locator(f"[aria-label='Move {name}']")
    grip.scroll_into_view_if_needed()
    source = grip.bounding_box()
    target = page.locator(f".rank-row:has([aria-label='Move {to}'])").bounding_box()
    assert source is not None
    assert target is not None
    x, y = source["x"] + source["width"] / 2, source["y"] + source["height"] / 2
    end = target["y"] + target["height"] * part
    points = [y + (end - y) * step / 8 for step in range(9)]
    if not touch:
        page.mouse.move(x, y)
        page.mouse.down()
        for point in points:
            page.mouse.move(x, point)
        page.mouse.up()
        return
    session = visitor.context.new_cdp_session(page)

    def finger(kind: str, points: list[dict[str, float]]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    finger("touchStart", [{"x": x, "y": y}])
    for point in points:
        finger("touchMove", [{"x": x, "y": point}])
    finger("touchEnd", [])
    session.detach()


def test_a_round_is_ranked_with_keys_mouse_and_finger_and_counted(
    room: Room, axe_script: str
) -> None:
    ana = written(room, "Ana", "Two towns share the Senne.")
    lena = led(room)
    lena.page.click("text=Make candidates")
    ana.open_tab("voting")
    ana.page.wait_for_selector(".round .ranker")
    shown = room.host.call("GET", f"/sessions/{room.id}/rounds")["rounds"][0]
    names = [one["style"] for one in shown["candidates"]]
    assert len(names) >= 3

    # beside each other, with what is new marked
    ana.page.click("text=Compare side by side")
    columns = ana.page.locator(".columns .candidate")
    assert columns.count() == len(names)
    tops = {round(box["y"]) for one in columns.all() if (box := one.bounding_box())}
    assert len(tops) == 1
    candidate = ana.page.locator(".columns [aria-label='Candidate A']")
    assert "“Drinking water comes first" in " ".join(candidate.locator("ins").all_inner_texts())
    assert "Two towns share the Senne." in candidate.inner_text()
    assert ana.page.locator(".columns .status-quo ins").count() == 0
    candidate.locator(".sources summary").click()
    check(ana.page, axe_script)
    ana.page.keyboard.press("Escape")
    ana.page.wait_for_selector(".dialog", state="detached")
    assert ana.page.evaluate("() => document.activeElement.textContent") == "Compare side by side"

    # with keys alone
    quo, keys = "The text as it stands", ana.page.keyboard
    for name in ("Candidate A", "Candidate B", quo):
        ana.page.focus(f"[aria-label='Move {name}']")
        keys.press("ArrowUp")
    assert ranking(ana.page) == ["1 Candidate A", "2 Candidate B", f"3 {quo}"]
    keys.press("ArrowUp")
    assert ranking(ana.page) == ["1 Candidate A", f"2 {quo}", "3 Candidate B"]
    assert spoken(ana.page) == f"{quo}: place 2 of 3."
    keys.press("=")
    assert ranking(ana.page) == ["1 Candidate A", f"1 {quo}", "2 Candidate B"]
    assert spoken(ana.page) == f"{quo}: place 1 of 2, shared."
    assert ana.page.evaluate("() => document.activeElement.ariaLabel") == f"Move {quo}"
    keys.press("Delete")
    assert spoken(ana.page) == f"{quo}: not ranked."
    keys.press("ArrowUp")
    check(ana.page, axe_script)

    # with the mouse: on a row is its place, above it a place of one's own
    drag(ana, quo, "Candidate A", part=0.5)
    assert ranking(ana.page) == ["1 Candidate A", f"1 {quo}", "2 Candidate B"]
    drag(ana, "Candidate B", "Candidate A", part=0.1)
    assert ranking(ana.page) == ["1 Candidate B", "2 Candidate A", f"2 {quo}"]
    ana.page.reload()
    ana.open_tab("voting")
    ana.page.wait_for_selector(".ranked")
    assert len(ranking(ana.page)) == 3, "what is not sent yet outlives a reload"
    ana.page.click("text=Send my ranking")
    ana.page.wait_for_selector(".send .done")

    # with a finger
    bo = room.join("Bo", 1, viewport=PHONE)
    bo.open_tab("voting")
    bo.page.wait_for_selector(".candidate")
    check(bo.page, axe_script)
    for name in ("Candidate B", "Candidate A"):
        bo.page.click(f"article [aria-label='Rank next: {name}']")
    assert ranking(bo.page) == ["1 Candidate B", "2 Candidate A"]
    drag(bo, "Candidate A", "Candidate B", part=0.1, touch=True)
    until(lambda: ranking(bo.page) == ["1 Candidate A", "2 Candidate B"], "it is dropped above")
    bo.page.click(f"[aria-label='Rank next: {quo}'] >> nth=-1")
    bo.page.click(f"[aria-label='{quo}: leave out']")
    check(bo.page, axe_script)
    bo.page.click("text=Send my ranking")
    bo.page.wait_for_selector(".send .done")
    assert bo.page.locator("#tab-voting .count").count() == 0

    # counted, by the facilitator; what was fixed before is told
    lena.page.wait_for_selector("text=2 of 3 have ranked")
    lena.page.click("text=Count the rankings")
    lena.page.click(".confirm .danger")
    lena.page.wait_for_selector(".round-result .order")
    ended = room.host.call("GET", f"/sessions/{room.id}/rounds")["rounds"][0]
    assert ended["result"]["cast"] == 2
    lena.page.click(".round-result .fingerprint summary")
    commitment, secret, seed = lena.page.locator(".fingerprint code").all_inner_texts()
    assert hashlib.sha256(f"accord seed {secret}".encode()).hexdigest() == commitment
    assert seed == ended["result"]["seed"]
    order = lena.page.locator(".order > li > details > summary").all_inner_texts()
    names = [one.strip().removesuffix(" (tied before the lot)") for one in order]
    assert set(names[:2]) == {"Candidate A", "Candidate B"}
    assert names[2] == quo
    check(lena.page, axe_script)
    lena.page.click("text=To the suggestions it became")
    lena.page.wait_for_selector("#panel-suggestions .suggestion")
    assert [ana.complaints, bo.complaints, lena.complaints] == [[], [], []]


def test_a_ranking_that_comes_too_late_is_not_lost_and_not_counted(room: Room) -> None:
    ana = written(room, "Ana", "Two towns share the Senne.")
    one = room.round()
    ana.open_tab("voting")
    ana.page.click("[aria-label='Rank next: Candidate A']")
    room.guest("Bo", 1).rank("status quo")
    ana.page.wait_for_selector("text=1 of 3 have ranked")
    ana.page.route("**/rounds", lambda route: route.abort())
    room.host.call("POST", f"/sessions/{room.id}/rounds/{one['id']}/close", {})
    ana.page.click("text=Send my ranking")
    ana.page.wait_for_selector(".alert >> text=ended before your ranking arrived")
    assert ranking(ana.page) == ["1 Candidate A"]


def choose_rule(lena: Visitor, *, approvals: int) -> None:
    page = lena.page
    page.click("#rule ~ .actions >> text=/Choose the rule|Change the rule/")
    page.click(".rule-form >> text=Enough people approve")
    page.fill("#approvals", str(approvals))
    page.fill("#quorum", "3")
    page.fill("#lasts", "2")


def test_a_poll_from_the_rule_to_the_end(room: Room, axe_script: str) -> None:
    host = room.host
    ana = written(room, "Ana", "Two towns share the Senne.")
    bo, cleo = room.guest("Bo", 1), room.guest("Cleo", 2)
    lena = led(room)

    # whoever moves on without a rule is asked
    lena.page.click(".stepper button >> text=Deciding")
    lena.page.wait_for_selector(".dialog >> text=Nobody has chosen a decision rule")
    check(lena.page, axe_script)
    lena.page.click(".dialog >> text=Cancel")
    assert host.call("GET", f"/sessions/{room.id}")["phase"] == "refining"
    choose_rule(lena, approvals=5)
    lena.page.wait_for_selector(".rule-form .warn >> text=It asks for 5 and there are only 3")
    check(lena.page, axe_script)
    lena.page.fill("#approvals", "2")
    lena.page.click("text=Set this rule")
    lena.page.wait_for_selector("text=The rule is set.")
    lena.page.click("text=Who speaks for whom")
    lena.page.fill("[aria-label='Delegation of Cleo']", "Farms")
    lena.page.keyboard.press("Tab")
    lena.page.wait_for_selector("text=Kept for Cleo.")
    lena.page.click(".stepper button >> text=Deciding")
    lena.page.click(".dialog >> text=Open the poll")

    # frozen for all, told at once
    ana.open_tab("voting")
    ana.page.wait_for_selector(".poll .asked-text >> text=Two towns share the Senne.")
    ana.page.wait_for_selector(".sheet .frozen")
    assert ana.page.get_attribute(".statement", "contenteditable") == "false"
    words = ana.page.inner_text(".poll .rule-words")
    assert words == (
        "Agreed when at least 2 of 3 people approve. At least 3 must have voted; "
        "to abstain counts as voting."
    )
    until_when = ana.page.inner_text(".poll .hint >> nth=0")
    assert re.match(r"The poll closes in (2 days|47 hours) \(.+\)\.", until_when), until_when
    check(ana.page, axe_script)
    ana.page.click(".vote >> text=Cast my vote")
    ana.page.wait_for_selector(".vote .alert")
    ana.page.click(".vote >> text=Approve")

    # a ballot is for the text that is on the screen
    ballots: list[Request] = []

    def other_at_first(route: Route) -> None:
        answer = route.fetch()
        changed = {} if ballots else {"text_hash": "0" * 64}
        route.fulfill(response=answer, json={**answer.json(), **changed})

    visitor = room.host.visitor()
    page = visitor.page
    page.on("request", lambda one: ballots.append(one) if one.url.endswith("/ballots") else None)
    page.route("**/polls/*", other_at_first)
    room.enter(visitor, "Bo", 1)
    page.click(".vote >> text=Object")
    page.click("text=Cast my vote")
    page.wait_for_selector(".vote .alert >> text=so your vote was not counted")
    assert polls(room)[0]["voices"]["cast"] == 0
    page.click("text=Cast my vote")
    page.wait_for_selector(".vote .done >> text=You object.")

    ana.page.click("text=Cast my vote")
    ana.page.wait_for_selector(".vote .done >> text=You approve.")
    ana.page.click(".vote >> text=Object")
    ana.page.click("text=Change my vote")
    ana.page.wait_for_selector(".vote .done >> text=You object.")
    ana.page.click(".voters summary")
    ana.page.wait_for_selector(".voters >> text=objects >> nth=1")
    ana.page.wait_for_selector(".counted >> text=0 approve · 2 object · 0 abstain")
    check(ana.page, axe_script)

    # opened again: void for everybody to see, and the rule stays as it was
    lena.page.click("text=Open the text again")
    lena.page.wait_for_selector(".dialog >> text=All ballots of this poll become void")
    lena.page.click(".dialog .danger")
    ana.page.wait_for_selector(".earlier")
    ana.page.click(".earlier summary")
    ana.page.wait_for_selector(".outcome-void >> text=none of its ballots counts")
    ana.page.wait_for_selector("text=Somebody has voted, so the rule is fixed for good.")
    check(ana.page, axe_script)
    until(
        lambda: ana.page.get_attribute(".statement", "contenteditable") == "true",
        "the text can be written again",
    )
    ana.write(" Fairly.")
    ana.wait_saved()

    # again, and agreed
    lena.page.click("text=Let people decide")
    lena.page.click(".dialog >> text=Open the poll")
    ana.page.wait_for_selector(".asked-text >> text=Fairly.")
    bo.vote("approve")
    cleo.vote("object")
    ana.page.click(".vote >> text=Approve")
    ana.page.click("text=Cast my vote")
    ana.page.wait_for_selector("#poll >> text=The statement is agreed")
    ana.page.wait_for_selector(".sheet .frozen >> text=does not change any more")
    assert polls(room)[-1]["outcome"] == "agreed"
    assert "2 approve · 1 objects · 0 abstain" in ana.page.inner_text(".poll .counted")
    check(ana.page, axe_script)
    # The ballot for another text was refused, which browsers write into the console.
    assert [ana.complaints, lena.complaints] == [[], []]


def polls(room: Room) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = room.host.call("GET", f"/sessions/{room.id}/deliberation")[
        "polls"
    ]
    return found


def test_secret_ballots_on_a_phone_and_two_facilitators_at_once(
    room: Room, axe_script: str
) -> None:
    host = room.host
    ana = written(room, "Ana", "Two towns share the Senne.")
    lena = led(room, PHONE)
    host.call(
        "PUT", f"/sessions/{room.id}/rule", {"kind": "k_of_n", "approvals": 2, "secret": True}
    )

    # somebody else was quicker: told, and shown where the session is
    lena.page.wait_for_selector("text=Agreed when at least 2 of 3 people approve.")
    lena.page.click("text=Let people decide")

    def come_second(route: Route) -> None:
        move = {"phase": "deciding", "seen": "refining"}
        host.call("POST", f"/sessions/{room.id}/phase", move)
        route.continue_()

    lena.page.route("**/phase", come_second, times=1)
    lena.page.click(".dialog .primary")
    lena.page.wait_for_selector(".toast >> text=Somebody else moved the session")
    lena.page.wait_for_selector(".poll")
    check(lena.page, axe_script)
    lena.page.click(".toast button")
    assert len(polls(room)) == 1

    bo = room.join("Bo", 1, viewport=PHONE)
    bo.open_tab("overview")
    bo.page.click("[data-task=vote]")
    bo.page.click(".vote >> text=Object")
    bo.page.click("text=Cast my vote")
    bo.page.wait_for_selector(".vote .done")
    for visitor in (bo, lena):
        visitor.page.wait_for_selector(".counted >> text=is shown when the poll has ended")
        visitor.page.click(".voters summary")
        assert "objects" not in visitor.page.inner_text(".voters ul")
        assert "has voted" in visitor.page.inner_text(".voters ul")
        check(visitor.page, axe_script)
    assert ana.page.locator(".sheet .frozen").count() == 1
