"""An interview on a phone, by keyboard, with the stand-in for a model; and what small groups and settings are told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from ai.devllm.faults import Fault
from tests.ai.llm import DevLLM, server_of, url_of
from tests.client.axe import check
from tests.client.people import PHONE, SMALL_PHONE, Host, Visitor
from tests.harness import PATIENCE, server_process

FIRST = "I think that the river must never fall below what the fish need. Pipes come first."
SECOND = "Because the fish do not come back for years."


@pytest.fixture(scope="module")
def llm() -> Iterator[DevLLM]:
    model = DevLLM()
    server = server_of(model)
    serving = threading.Thread(target=server.run, daemon=True)
    serving.start()
    deadline = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < deadline, "the stand-in did not start"
        time.sleep(0.005)
    model.url = url_of(server)
    yield model
    server.should_exit = True
    serving.join(PATIENCE)


@pytest.fixture(scope="module")
def host(browser: Browser, llm: DevLLM, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A server with a key, whose model is the stand-in."""
    folder = tmp_path_factory.mktemp("interview") / "data"
    with (
        server_process(
            folder,
            ACCORD_MODEL_BASE_URL=llm.url,
            ANTHROPIC_API_KEY="no-secret",
            ACCORD_INTERVIEW_SECONDS="120",
        ) as server,
        Host(server.url, browser) as found,
    ):
        yield found


@pytest.fixture(autouse=True)
def everybody_goes_home(host: Host, llm: DevLLM) -> Iterator[None]:
    llm.fault = None
    yield
    host.send_home()


def press(page: Page, name: str) -> None:
    """Go on with Tab until a button of this name is in focus, and press it."""
    for _ in range(40):
        focused = page.evaluate("document.activeElement?.textContent ?? ''")
        if focused.startswith(name):
            page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name!r} cannot be reached with the keyboard")


def begin(visitor: Visitor) -> Page:
    page = visitor.page
    visitor.open_tab("inputs")
    page.focus("#interview-start")
    page.keyboard.press("Enter")
    page.wait_for_selector("#interview-answer:focus")
    return page


def question(page: Page, number: int) -> None:
    page.wait_for_selector(f"#interview-progress >> text=Question {number} of")
    page.wait_for_selector("#interview-answer:focus")


def test_a_whole_one_by_keyboard_on_a_phone(host: Host, axe_script: str) -> None:
    room = host.new_room(guests=6)
    ana = room.join("Ana", viewport=PHONE)
    page = begin(ana)
    page.keyboard.press("Control+Enter")  # nothing written yet
    page.keyboard.type(FIRST)
    page.keyboard.press("Control+Enter")
    question(page, 2)
    assert "The river must never fall" in page.inner_text(".asked")
    expect(page.locator("#interview-progress")).to_contain_text("AI model")
    press(page, "Later")  # and back: nothing is lost
    page.wait_for_selector(".interview-offer.waits")
    page.wait_for_selector("#interview-start:focus")
    page.keyboard.press("Enter")
    question(page, 2)

    phone = room.join("Ana", viewport=SMALL_PHONE)  # another device of hers
    phone.open_tab("inputs")
    phone.page.click("#interview-start")
    question(phone.page, 2)
    phone.page.keyboard.type(SECOND)
    phone.page.keyboard.press("Tab")
    phone.page.keyboard.press("Enter")
    question(phone.page, 3)
    question(page, 3)  # this one has heard of it
    page.keyboard.press("Shift+Tab")
    press(page, "That is all")

    page.wait_for_selector(".points")
    check(page, axe_script)
    assert page.locator(".point").count() == 3
    press(page, "Confirm")
    page.wait_for_selector(".point-confirmed")
    press(page, "Correct")
    page.wait_for_selector("#point-p2:focus")
    check(page, axe_script)
    page.keyboard.press("Control+a")
    page.keyboard.type("Towns repair their pipes first.")
    press(page, "Keep my wording")
    page.wait_for_selector(".point-corrected")
    page.click("#give-points")  # too early
    page.wait_for_selector(".interview .alert >> text=1 point still to decide")
    page.focus("[data-open] button")
    press(page, "Drop")
    page.wait_for_selector(".point-dropped")
    page.wait_for_selector("#give-points:focus")
    page.wait_for_selector(".few >> text=the only one")  # an anonymous quote would be hers
    check(page, axe_script)
    page.keyboard.press("Enter")
    page.wait_for_selector(".interview-done >> text=These 2 points are your inputs now.")
    check(page, axe_script)
    press(page, "Close")
    expect(page.locator(".given-text")).to_have_text(
        ["The river must never fall below what the fish need.", "Towns repair their pipes first."],
        timeout=PATIENCE * 1000,
    )
    assert ana.complaints == phone.complaints == []


def test_a_model_that_is_down_is_replaced_and_everything_can_be_deleted(
    host: Host, llm: DevLLM, axe_script: str
) -> None:
    llm.fault = Fault.REFUSAL
    room = host.new_room()
    ben = room.join("Ben", viewport=SMALL_PHONE)
    page = begin(ben)
    page.keyboard.type(FIRST)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".missed >> text=fixed ones")
    question(page, 2)
    check(page, axe_script)
    press(page, "Pass")
    question(page, 3)
    page.reload()
    page.wait_for_selector(".statement", state="attached")
    ben.open_tab("inputs")
    page.wait_for_selector(".interview-offer.waits")
    page.click("#interview-start")
    question(page, 3)
    press(page, "Pass")
    page.wait_for_selector(".points")
    expect(page.locator(".point-text")).to_have_text([FIRST])
    page.click("text=Delete the conversation")
    page.click(".confirm .danger")
    page.wait_for_selector(".interview-offer:not(.waits)")
    page.wait_for_selector("text=Nothing yet.")
    assert ben.complaints == []


def test_who_reads_is_set_until_somebody_gives_something_and_people_are_told(
    host: Host, axe_script: str
) -> None:
    room = host.new_room()
    lead = host.signed_in(PHONE).page
    lead.goto(f"{host.url}/s/{room.id}?as={room.facilitator}")
    lead.wait_for_selector("#tab-session")
    lead.click("#tab-session")
    lead.wait_for_selector("#privacy")
    check(lead, axe_script)
    lead.click("text=The bot and I")
    lead.wait_for_selector(".group .done >> text=Saved.")
    ana = room.join("Ana", viewport=PHONE)
    ana.open_tab("inputs")
    told = ana.page.locator(".private")
    expect(told).to_contain_text("the bot and the facilitator read it")
    expect(told).to_contain_text("goes to 127.0.0.1")
    ana.page.click("#predictable")
    ana.page.wait_for_selector("text=Your rankings may be predicted.")
    check(ana.page, axe_script)
    ana.page.fill("#input-text", "The river is for everybody.")
    ana.page.wait_for_selector(".few")
    ana.page.click(".give button[type=submit]")
    ana.page.wait_for_selector(".given-text")
    lead.wait_for_selector(".terms")
    check(lead, axe_script)
    lead.click("text=Forbid external AI")
    lead.click(".confirm .danger")
    lead.wait_for_selector(".terms >> text=No external AI")
    lead.wait_for_selector(".mode >> text=No external AI in this session")
    expect(told).to_contain_text("No AI model of another server")
    assert ana.page.locator("#predictable").count() == 0
    guest = host.visitor(PHONE).page
    guest.goto(room.links[1])
    guest.wait_for_selector(".note >> text=this session uses none")
    check(guest, axe_script)
    page = begin(ana)
    expect(page.locator(".interview .private")).to_contain_text("stay on this server")


def test_who_allows_less_sees_what_becomes_of_quotes(host: Host, axe_script: str) -> None:
    room = host.new_room()
    host.call("PATCH", f"/sessions/{room.id}", {"external_ai": False})
    ana = room.join("Ana", viewport=PHONE)
    ana.open_tab("inputs")
    page = ana.page
    page.fill("#input-text", "The river must never fall below what the fish need.")
    page.click(".give button[type=submit]")
    page.wait_for_selector(".given-text")
    room.refine()
    ana.open_tab("suggestions")
    page.click(".sources summary")
    page.wait_for_selector(".sources >> text=what the fish need")
    page.click(".suggestion .accept")
    page.wait_for_selector(".decided")
    ana.open_tab("inputs")
    page.click(".given >> text=Edit")
    page.click("text=It counts, but nobody is shown its words. >> nth=1")
    page.wait_for_selector(".consequences >> text=1 sentence from it is in the statement")
    check(page, axe_script)
    page.click(".given >> text=Save")
    page.wait_for_selector(".given >> text=not quoted")
    shown = host.call("GET", f"/sessions/{room.id}/suggestions")["suggestions"][0]
    assert (shown["sources"][0]["quote"], shown["unquoted"]) == (None, 1)
