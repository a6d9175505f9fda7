"""`ai.readback`: a point stands with somebody's own words, and nothing they said is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai import readback
from ai.errors import BadOutput
from ai.interview import FIXED, MAX_POINT_CHARACTERS, MAX_POINTS, Turn
from tests.ai.test_claims import ATTACKS

SAID = "Buses must run on Sundays until 23:00. And no cars in the old town, please."
TURNS = [
    Turn("What must be in?", FIXED, SAID),
    Turn("What must not happen?", FIXED, None, skipped=True),
    Turn("Under which condition?", FIXED, "Only if the market stays where it is."),
]


def point(**fields: Any) -> dict[str, Any]:
    return {
        "answer": "a1",
        "point": "Buses run on Sundays until 23:00.",
        "quote": "Buses must run on Sundays",
        **fields,
    }


def read(*points: Any, turns: list[Turn] = TURNS) -> tuple[list[Any], int]:
    return readback.read(json.dumps({"points": list(points)}), turns)


def test_what_no_point_is_about_is_read_back_as_it_was_said() -> None:
    points, left_out = read(point())
    assert [(one.id, one.text, one.own) for one in points] == [
        ("p1", "Buses run on Sundays until 23:00.", False),
        ("p2", "Only if the market stays where it is.", True),
    ]
    assert points[0].quote == "Buses must run on Sundays"
    assert left_out == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "Buses must never run"},
        {"quote": "I agree with everything Ben says"},  # somebody else's words
        {"quote": ""},
        {"quote": None},
        {"answer": "a2"},  # it was passed over
        {"answer": "a9"},
        {"answer": ["a1"]},
        {"point": ""},
        {"point": 7},
        {"point": "\u200b\u202e"},
        {"point": "Buses run on Sundays until 22:00."},  # they did not say that
        {"point": "Buses run every 10 minutes."},
    ],
)
def test_what_they_did_not_say_is_left_out_and_counted(wrong: dict[str, Any]) -> None:
    points, left_out = read(point(), point(**wrong))
    assert [one.text for one in points if not one.own] == ["Buses run on Sundays until 23:00."]
    assert left_out == 1
    points, left_out = read(point(**wrong))
    assert [one.own for one in points] == [True, True]  # their two answers, nothing is lost
    assert left_out == 1


@pytest.mark.parametrize("value", ["", "x", "[]", "{}", '{"points": "x"}', "[" * 5000, "7"])
def test_an_answer_of_another_form_is_refused(value: str) -> None:
    with pytest.raises(BadOutput):
        readback.read(value, TURNS)


def test_much_of_the_same_is_one_point_and_many_are_some() -> None:
    points, left_out = read(*[point()] * 40)
    assert len([one for one in points if not one.own]) == 1
    assert left_out == 39
    long = [Turn("What?", FIXED, " ".join(f"I want the thing {n} a lot." for n in range(40)))]
    wanted = [
        point(point=f"Thing {n}.", quote=f"I want the thing {n} a lot", answer="a1")
        for n in range(40)
    ]
    assert len(read(*wanted, turns=long)[0]) == MAX_POINTS


def test_a_point_is_short_and_shows_what_it_says() -> None:
    points, _ = read(point(point="Buses\u202e run.\n" + "So it is. " * 400))
    assert len(points[0].text) <= MAX_POINT_CHARACTERS
    assert points[0].text.startswith("Buses run. So it is.")


def test_words_are_found_whatever_is_hidden_between_them() -> None:
    hidden = [Turn("What?", FIXED, "Bu\u200bses must\u2060 run on Sun\u00addays.")]
    points, _ = read(point(point="Buses run."), turns=hidden)
    assert [(one.text, one.quote) for one in points] == [
        ("Buses run.", "Buses must run on Sundays")
    ]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_somebody_says_stays_a_string_of_their_own_call(attack: str) -> None:
    evil = readback.ask("How?", [Turn("What?", FIXED, f"Buses. {attack}")], max_tokens=9)
    assert evil.system == readback.ask("How?", TURNS, max_tokens=9).system
    content = json.loads(evil.content)
    assert content.keys() == {"question", "answers"}
    assert [one["id"] for one in content["answers"]] == ["a1"]
