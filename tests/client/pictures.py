# ruff: noqa: T201 - a script, not a test
"""The pictures of the documentation, taken of the running product. Run by `scripts/screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import sync_playwright

from tests.client.model import cite, scripted_model, sentence
from tests.client.people import BROWSER_FLAGS, Host, Room, Visitor, find_chromium, until
from tests.harness import ROOT, server_process

FOLDER = ROOT / "docs" / "images"

WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}

MARTA = "Marta Ruiz, River Trust"
INES = "Ines Hofmann, Farmers"
TOM = "Tom Peeters, City of Halle"
AISHA = "Aïsha Benali, Water Board"

TITLE = "Water of the Senne"
QUESTION = "How do we share the water of the Senne in dry summers?"

STATEMENT = [
    "# Sharing the Senne",
    "The Senne gives water to two towns, four hundred farms and everything that lives in it. "
    "In dry summers there is not enough for all of us at once. We settle how we share it before "
    "the next one comes.",
    "## What comes first",
    "Drinking water comes first. The river keeps the level its fish need, even in August.",
    "## What each of us does",
    "- The towns repair the pipes that lose the most water.",
    "Farms learn in spring how much water they may take.",
    "",
    "## How we check",
    "The water board publishes how full the basin is.",
]

INPUTS = [
    (
        MARTA,
        "named",
        "The river must never fall below the level the fish need, not even in August.",
    ),
    (INES, "anonymous", "We need to know by April how much water we may take, or sowing is a bet."),
    (INES, "anonymous", "If the towns lose a fifth of it in the ground, start there."),
    (TOM, "named", "The city can mend the worst pipes by the end of 2027, not sooner."),
    (AISHA, "anonymous", "Everybody should be able to read every day how full the basin is."),
]


def proposals(question: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer in the place of the model."""
    farms = "how much water we may take"
    return [
        {
            "do": "replace",
            "sentence": sentence(question, "The towns repair"),
            "text": "The towns repair the pipes that lose the most water by the end of 2027.",
            "cites": cite(
                question,
                "mend the worst pipes by the end of 2027",
                "If the towns lose a fifth of it in the ground",
            ),
            "reason": "Two inputs start with the pipes; one says by when it can be done.",
        },
        {
            "do": "replace",
            "sentence": sentence(question, "Farms learn"),
            "text": "By April every farm knows how much water it may take until autumn.",
            "cites": cite(question, f"We need to know by April {farms}, or sowing is a bet"),
            "reason": "“In spring” is too late for sowing, says an input.",
        },
        {
            "do": "add",
            "after": sentence(question, "The water board publishes"),
            "new_paragraph": False,
            "text": "Everybody can read it, every day.",
            "cites": cite(question, "Everybody should be able to read every day how full"),
            "reason": "It was asked for, and nobody spoke against it.",
        },
    ]


def main() -> int:
    """Take them all."""
    path = find_chromium()
    if path is None:
        print("accord: no Chromium found (CHROMIUM=/path names one)", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        scripted_model(proposals) as model,
        server_process(
            Path(folder) / "data", ACCORD_MODEL_BASE_URL=model.url, ANTHROPIC_API_KEY="no-secret"
        ) as server,
        sync_playwright() as playwright,
    ):
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        with Host(server.url, chromium) as host:
            room = prepared(host)
            take_room(room)
            take_home(host)
            take_join(host)
        chromium.close()
    return 0


def prepared(host: Host) -> Room:
    """Make a session in which people have said what matters to them."""
    room = host.new_room(
        title=TITLE,
        question=QUESTION,
        facilitator_name="Lena Brandt",
        stakeholders=[f"{name}@example.org" for name in ("marta", "ines", "tom", "aisha")],
    )
    host.call("POST", f"/sessions/{room.id}/phase", {"phase": "refining"})
    for at, person in enumerate((MARTA, INES, TOM, AISHA)):
        with httpx2.Client(base_url=host.url, headers={"origin": host.url}) as client:
            body = {"invitation": room.links[at].split("#")[1], "name": person}
            client.headers["accord-as"] = client.post("/api/join", json=body).json()["participant"]
            for who, quote, text in INPUTS:
                if who == person:
                    given = {"text": text, "quote": quote}
                    answer = client.post(f"/api/sessions/{room.id}/inputs", json=given)
                    assert answer.status_code == 201, answer.text
    return room


def take_room(room: Room) -> None:
    """The room in the light, in the dark and on a phone."""
    marta = room.join(MARTA, 0, viewport=WIDE)
    for line in STATEMENT:
        marta.page.keyboard.type(line) if line is not STATEMENT[0] else marta.write(line)
        marta.page.keyboard.press("Enter")
    marta.page.keyboard.press("Backspace")
    marta.wait_saved()
    ines = room.join(INES, 1, viewport=WIDE)
    tom = room.join(TOM, 2, viewport=WIDE)
    aisha = room.join(AISHA, 3, viewport=PHONE)
    room.refine()
    comment(ines, "the level its fish need", "Which level is that? We need one both of us measure.")
    put_caret(ines, "not enough for all of us")
    put_caret(tom, "What comes first")
    marta.page.evaluate("() => document.activeElement.blur()")
    marta.open_tab("suggestions")
    marta.page.wait_for_selector(".suggestion .accept")
    marta.page.click(".suggestion .sources summary")
    until(lambda: marta.page.locator(".caret").count() == 2, "the others' carets are there")
    picture(marta, "room-light")
    marta.page.emulate_media(color_scheme="dark")
    picture(marta, "room-dark")
    aisha.open_tab("suggestions")
    aisha.page.wait_for_selector(".pager")
    picture(aisha, "room-phone")
    for visitor in (marta, ines, tom, aisha):
        assert visitor.complaints == [], visitor.complaints


def take_home(host: Host) -> None:
    """Where a facilitator begins."""
    for title, question, kind in (
        (
            "Merging two hospitals",
            "Which wards stay in both towns, and who decides about the rest?",
            "merger",
        ),
        ("School meals", "What do we ask of whoever cooks for our schools?", "procurement"),
    ):
        host.call("POST", "/sessions", {"title": title, "question": question, "type": kind})
    lena = host.signed_in(WIDE)
    lena.page.wait_for_selector(".rows")
    picture(lena, "home")


def take_join(host: Host) -> None:
    """What somebody sees who opens their link."""
    guest = host.visitor(WIDE)
    guest.page.goto(host.new_room(title=TITLE, question=QUESTION).links[0])
    guest.page.wait_for_selector("#name")
    guest.page.fill("#name", MARTA)
    picture(guest, "join")


def comment(visitor: Visitor, words: str, text: str) -> None:
    """Comment on a passage."""
    select(visitor, words)
    visitor.page.keyboard.press("Control+Alt+m")
    visitor.page.wait_for_selector(".give .quoted")
    visitor.page.keyboard.type(text)
    visitor.page.click("text=Add comment")
    visitor.page.wait_for_selector(".passage")


def put_caret(visitor: Visitor, words: str) -> None:
    """Leave the caret behind some words."""
    select(visitor, words)
    visitor.page.keyboard.press("ArrowRight")


def select(visitor: Visitor, words: str) -> None:
    """Select words of the statement."""
    visitor.page.focus(".statement")
    visitor.page.evaluate(
        """(words) => {
          const texts = document.createTreeWalker(document.querySelector('.statement'), NodeFilter.SHOW_TEXT)
          for (let text = texts.nextNode(); text; text = texts.nextNode()) {
            const at = text.data.indexOf(words)
            if (at >= 0) return getSelection().setBaseAndExtent(text, at, text, at + words.length)
          }
          throw new Error(`not in the statement: ${words}`)
        }""",
        words,
    )
    visitor.page.wait_for_timeout(100)


def picture(visitor: Visitor, name: str) -> None:
    """Write a file."""
    visitor.page.wait_for_timeout(400)
    path = FOLDER / f"{name}.png"
    visitor.page.screenshot(path=path)
    print(f"{path.stat().st_size / 1024:6.0f} kB  {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
