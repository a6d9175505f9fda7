"""People write while the bot writes, and while somebody accepts what it wrote: every word whole, once, in its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.client.model import ScriptedModel, cite, scripted_model, sentence
from tests.client.people import INPUTS, Host, Visitor, until
from tests.harness import server_process

SENTENCES = [
    "The river keeps the level that its fish need, in every month of the year.",
    "Towns repair leaking pipes before farms are asked to take less.",
    "Every April the farms are told how much water they may take.",
    "How full the basin is, everybody can read every day.",
]


def proposals(question: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer with one paragraph for each input, behind the last sentence there is."""
    last = question["statement"][-1]["id"] if question["statement"] else None
    return [
        {
            "do": "add",
            "after": last,
            "new_paragraph": True,
            "text": text,
            "cites": cite(question, given),
            "reason": "Somebody asked for it.",
        }
        for text, given in zip(SENTENCES, INPUTS, strict=True)
    ]


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with scripted_model(proposals) as made:
        yield made


@pytest.fixture(scope="module")
def host(
    browser: Browser, model: ScriptedModel, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """A server whose bot has a model, if a scripted one."""
    folder = tmp_path_factory.mktemp("together") / "data"
    with (
        server_process(
            folder, ACCORD_MODEL_BASE_URL=model.url, ANTHROPIC_API_KEY="no-secret"
        ) as server,
        Host(server.url, browser) as found,
    ):
        yield found


@pytest.fixture(autouse=True)
def everybody_goes_home(host: Host, model: ScriptedModel) -> Iterator[None]:
    yield
    host.send_home()
    model.author, model.pace = proposals, 0.0


def proposed(visitor: Visitor) -> list[str]:
    """Return what is proposed, as the sheet shows it."""
    return visitor.page.locator(".statement ins.proposal").all_inner_texts()


def see(people: list[Visitor], expected: list[str]) -> None:
    """Wait until everything is saved and everybody sees this."""
    for person in people:
        person.wait_saved()
    until(lambda: all(one.lines() == expected for one in people), f"all see {expected}")


def accept(visitor: Visitor, text: str) -> None:
    visitor.page.locator(f".suggestion:has-text('{text}') .accept").click()


def test_three_people_and_the_bot_write_at_once(host: Host, model: ScriptedModel) -> None:
    room = host.new_room(guests=3)
    room.give_inputs()
    people = [room.join(name, i) for i, name in enumerate(("Ana", "Bo", "Chi"))]
    people[0].write("Ana: ")
    for name in ("Bo: ", "Chi: "):
        people[0].page.keyboard.press("Enter")
        people[0].write(name)
    until(lambda: all(one.lines() == ["Ana: ", "Bo: ", "Chi: "] for one in people), "all see it")
    for line, person in enumerate(people):
        person.caret_at(0)
        for _ in range(line):
            person.page.keyboard.press("ArrowDown")
        person.page.keyboard.press("End")
    model.pace = 0.35
    host.call("POST", f"/sessions/{room.id}/refine")
    words: list[list[str]] = [[], [], []]
    seen_while_typing: set[int] = set()
    while room.run()["status"] in ("queued", "running") or len(words[0]) < 20:
        for letter, person, said in zip("abc", people, words, strict=True):
            said.append(f"{letter}{len(said)}")
            person.page.keyboard.type(f"{said[-1]} ")
        seen_while_typing.add(len(proposed(people[2])))
        assert len(words[0]) < 200
    assert room.run()["status"] == "done"
    assert len(seen_while_typing) >= 3, "the bot wrote while they typed"
    expected = [
        name + "".join(f"{word} " for word in said)
        for name, said in zip(("Ana: ", "Bo: ", "Chi: "), words, strict=True)
    ]
    see(people, expected)
    for person in people:
        assert proposed(person) == SENTENCES
        assert person.complaints == []
    # Two accept different sentences while the third goes on typing.
    for person in people[:2]:
        person.open_tab("suggestions")
    accept(people[0], SENTENCES[1])
    people[2].page.keyboard.type("on ", delay=2)
    accept(people[1], SENTENCES[0])
    people[2].page.keyboard.type("and on", delay=2)
    expected = [*expected[:2], f"{expected[2]}on and on", *SENTENCES[:2]]
    see(people, expected)


def test_who_types_where_a_paragraph_is_put_in_goes_on_before_it(host: Host) -> None:
    room = host.new_room()
    room.give_inputs()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("We share the river.")
    ana.wait_saved()
    room.refine()
    bo.open_tab("suggestions")
    # Ana's caret stays behind her sentence, where the paragraphs go. She never moves it.
    ana.page.keyboard.type(" It is", delay=5)
    accept(bo, SENTENCES[0])
    until(lambda: SENTENCES[0] in ana.text(), "Ana sees the paragraph")
    ana.page.keyboard.type(" everybody’s", delay=5)
    accept(bo, SENTENCES[2])
    ana.page.keyboard.type(" and nobody’s.", delay=25)
    expected = ["We share the river. It is everybody’s and nobody’s.", SENTENCES[0], SENTENCES[2]]
    until(lambda: ana.lines() == bo.lines() == expected, f"{ana.lines()} {bo.lines()}")
    ana.wait_saved()


def test_who_has_nothing_written_yet_types_before_the_first_paragraph(host: Host) -> None:
    room = host.new_room()
    room.give_inputs()
    room.refine()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    bo.open_tab("suggestions")
    ana.page.focus(".statement")
    ana.page.keyboard.type("Dear all,", delay=5)
    until(lambda: bo.text() == "Dear all,", "Bo sees it")
    accept(bo, SENTENCES[0])
    ana.page.keyboard.type(" we agree:", delay=25)
    until(lambda: SENTENCES[0] in ana.text(), "Ana sees the paragraph")
    ana.page.keyboard.type(" so far.", delay=5)
    until(lambda: ana.lines() == bo.lines(), "both see the same")
    assert "Dear all, we agree: so far." in ana.lines()
    assert SENTENCES[0] in ana.lines()


def test_a_replaced_sentence_keeps_what_is_typed_beside_it(
    host: Host, model: ScriptedModel
) -> None:
    def reword(question: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {
                "do": "replace",
                "sentence": sentence(question, "We share"),
                "text": SENTENCES[0],
                "cites": cite(question, INPUTS[0]),
                "reason": "It says how.",
            }
        ]

    model.author = reword
    room = host.new_room()
    room.give_inputs()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("First of all. We share the river. And then")
    ana.wait_saved()
    room.refine()
    bo.open_tab("suggestions")
    ana.page.wait_for_selector(".statement del.proposal >> text=We share the river.")
    accept(bo, SENTENCES[0])
    ana.page.keyboard.type(" we see.", delay=25)
    expected = f"First of all. {SENTENCES[0]} And then we see."
    until(lambda: ana.text() == bo.text() == expected, f"{ana.text()} {bo.text()}")
