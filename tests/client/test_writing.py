"""Several people write one statement in real browsers: every word stays whole, once, where its author put it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.client.people import Host, Visitor, until

FOX = "The quick brown fox jumps over the lazy dog"


def test_two_people_write_at_once(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("Ana: ")
    ana.page.keyboard.press("Enter")
    ana.write("Bo: ")
    until(lambda: bo.lines() == ["Ana: ", "Bo: "], "both see both lines")
    ana.caret_at(5)
    bo.write("")
    words = [f"w{i}" for i in range(25)]
    for word in words:
        ana.page.keyboard.type(f"a{word} ")
        bo.page.keyboard.type(f"b{word} ")
    expected = [
        "Ana: " + "".join(f"a{word} " for word in words),
        "Bo: " + "".join(f"b{word} " for word in words),
    ]
    until(lambda: ana.lines() == bo.lines(), "both see the same")
    assert ana.lines() == expected
    assert ana.complaints == bo.complaints == []


def test_three_people_type_into_one_line(host: Host) -> None:
    room = host.new_room(guests=3)
    people = [room.join(name, i) for i, name in enumerate(("Ana", "Bo", "Chi"))]
    people[0].write("one   two   three   end")
    until(lambda: all("end" in person.text() for person in people), "all see the line")
    for person, at in zip(people, (4, 10, 18), strict=True):
        person.caret_at(at)
    for i in range(12):
        for letter, person in zip("abc", people, strict=True):
            person.page.keyboard.type(f"{letter}{i}.")
    runs = ["".join(f"{letter}{i}." for i in range(12)) for letter in "abc"]
    for person in people:
        person.wait_saved()
    until(lambda: len({person.text() for person in people}) == 1, "all see the same")
    assert people[0].text() == f"one {runs[0]}  two {runs[1]}  three {runs[2]}  end"


def test_work_without_a_connection_outlives_a_reload_and_arrives(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("Together. ")
    ana.wait_saved()
    ana.go_offline()
    ana.write("Alone.")
    assert "kept in this browser" in ana.page.inner_text(".bar-offline")
    until(lambda: ana.text() == "Together. Alone.", "it is written")
    ana.page.reload()
    ana.page.wait_for_selector(".statement")
    assert ana.text() == "Together. Alone."
    assert bo.text() == "Together. "
    ana.go_online()
    until(lambda: bo.text() == "Together. Alone.", "it arrives")


def split(at: int) -> Callable[[Visitor], None]:
    def act(person: Visitor) -> None:
        person.caret_at(at)
        person.page.keyboard.press("Enter")

    return act


def type_at(at: int, text: str) -> Callable[[Visitor], None]:
    def act(person: Visitor) -> None:
        person.caret_at(at)
        person.page.keyboard.type(text, delay=5)

    return act


def press(button: str) -> Callable[[Visitor], None]:
    def act(person: Visitor) -> None:
        person.caret_at(0)
        person.page.click(f"[role=toolbar] [aria-label='{button}']")

    return act


def bold(person: Visitor) -> None:
    person.select(4, 30)
    person.page.keyboard.press("Control+b")


@pytest.mark.parametrize(
    ("ana_does", "bo_does", "expected"),
    [
        pytest.param(
            split(16),
            type_at(31, "VERY "),
            ["The quick brown ", "fox jumps over VERY the lazy dog"],
            id="split-type",
        ),
        pytest.param(
            split(16),
            split(31),
            ["The quick brown ", "fox jumps over ", "the lazy dog"],
            id="split-split",
        ),
        pytest.param(
            press("Heading"),
            type_at(31, "VERY "),
            ["The quick brown fox jumps over VERY the lazy dog"],
            id="heading-type",
        ),
        pytest.param(
            press("List"),
            type_at(31, "VERY "),
            ["The quick brown fox jumps over VERY the lazy dog"],
            id="list-type",
        ),
        pytest.param(
            bold,
            type_at(16, "red "),
            ["The quick brown red fox jumps over the lazy dog"],
            id="bold-type",
        ),
        pytest.param(press("List"), press("Heading"), [FOX], id="list-heading"),
    ],
)
def test_what_two_did_apart_is_all_there_when_they_meet(
    host: Host,
    ana_does: Callable[[Visitor], None],
    bo_does: Callable[[Visitor], None],
    expected: list[str],
) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write(FOX)
    until(lambda: bo.text() == FOX, "both see the sentence")
    ana.go_offline()
    bo.go_offline()
    ana_does(ana)
    bo_does(bo)
    ana.go_online()
    bo.go_online()
    until(lambda: ana.lines() == bo.lines() == expected, f"{ana.lines()} {bo.lines()}")


@pytest.mark.parametrize("where", ["before", "behind", "elsewhere"])
def test_composing_a_word_survives_what_others_write(host: Host, where: str) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("first")
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("second ", delay=5)
    if where == "behind":
        ana.page.keyboard.type("tail", delay=5)
        for _ in range(4):
            ana.page.keyboard.press("ArrowLeft")
    until(lambda: bo.lines() == ana.lines(), "both see both lines")
    bo.page.focus(".statement")
    bo.page.keyboard.press("Control+Home" if where == "elsewhere" else "Control+End")
    if where == "before":
        bo.page.keyboard.press("Home")
    keyboard = ana.context.new_cdp_session(ana.page)
    for text in ("に", "にほ", "にほん", "にほんご"):
        at = {"text": text, "selectionStart": len(text), "selectionEnd": len(text)}
        keyboard.send("Input.imeSetComposition", at)
        bo.page.keyboard.type("x", delay=5)
        ana.page.wait_for_timeout(100)
    keyboard.send("Input.insertText", {"text": "日本語"})
    expected = {
        "before": ["first", "xxxxsecond 日本語"],
        "behind": ["first", "second 日本語tailxxxx"],
        "elsewhere": ["xxxxfirst", "second 日本語"],
    }[where]
    until(lambda: ana.lines() == bo.lines() == expected, f"{ana.lines()} {bo.lines()}")


def test_no_arrow_key_is_lost_while_others_type(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("x" * 80)
    ana.page.keyboard.press("Enter")
    until(lambda: bo.lines() == ["x" * 80, ""], "Bo sees both lines")
    bo.write("")
    typing = bo.page.evaluate(
        "() => setInterval(() => document.execCommand('insertText', false, 'b'), 40)"
    )
    ana.caret_at(0)
    for delay in (0, 30):
        for _ in range(25):
            ana.page.keyboard.press("ArrowRight", delay=delay)
    for _ in range(10):
        ana.page.keyboard.press("ArrowLeft")
    ana.page.keyboard.type("A")
    bo.page.evaluate("(typing) => clearInterval(typing)", typing)
    ana.wait_saved()
    assert ana.lines()[0] == "x" * 40 + "A" + "x" * 40


def test_undo_takes_back_only_my_own_words(host: Host) -> None:
    room = host.new_room()
    ana, bo = room.join("Ana"), room.join("Bo", 1)
    ana.write("Mine. ")
    until(lambda: bo.text() == "Mine. ", "it arrives")
    bo.write("Theirs.")
    until(lambda: ana.text() == "Mine. Theirs.", "it arrives")
    ana.page.focus(".statement")
    ana.page.keyboard.press("Control+z")
    until(lambda: ana.text() == bo.text() == "Theirs.", f"{ana.text()} {bo.text()}")


def test_an_observer_sees_every_change_and_writes_nothing(host: Host) -> None:
    room = host.new_room()
    observer = room.host.call("POST", f"/sessions/{room.id}/invitations", {"role": "observer"})[
        "link"
    ]
    ana = room.join("Ana")
    olga = host.visitor()
    olga.page.goto(observer)
    olga.page.fill("#name", "Olga")
    olga.page.click("button[type=submit]")
    olga.page.wait_for_selector(".statement[contenteditable=false]")
    ana.write("Seen by all.")
    ana.page.keyboard.press("Control+a")
    # Formatting makes Yjs tidy up in every client; an observer's must not try to send that.
    for _ in range(3):
        ana.page.keyboard.press("Control+b")
    until(lambda: olga.text() == "Seen by all.", "the observer sees it")
    assert olga.page.inner_text(".saved") == "Live"
    assert olga.page.locator("[role=toolbar], #tab-inputs").count() == 0
    assert olga.complaints == []
