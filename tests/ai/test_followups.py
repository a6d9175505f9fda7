"""`ai.followups`: a person's own writing goes in, and one plain question comes out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ai import followups
from ai.errors import BadOutput
from ai.interview import FIXED, LED, Turn
from tests.ai.test_claims import ATTACKS

TURNS = [Turn("What must be in?", FIXED, "Buses on Sundays.")]


def asked(written: list[str], turns: list[Turn] = TURNS) -> Any:
    return followups.ask("How?", written, turns, left=2, max_tokens=1000)


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_somebody_writes_stays_a_string_of_their_own_call(attack: str) -> None:
    evil = asked([f"I want buses. {attack}"], [Turn("What?", FIXED, attack)])
    assert evil.system == asked(["I want buses."]).system
    content = json.loads(evil.content)
    assert content.keys() == {"question", "written", "conversation", "left"}
    assert len(content["written"]) == len(content["conversation"]) == 1


def test_a_model_is_shown_what_people_would_see() -> None:
    content = asked(["Bu\u200bses\u202e!"], [Turn("W?", LED, "he\u2060re")]).content
    assert "Buses!" in content
    assert '"here"' in content


def test_the_newest_writing_is_read_when_not_all_can_be() -> None:
    content = json.loads(asked(["a" * 30_000, "b" * 30_000]).content)
    assert [len(one) for one in content["written"]] == [10_000, 30_000]


def test_a_question_is_one_line() -> None:
    answer = json.dumps({"done": False, "question": "  Why\n does it\u202e matter?  "})
    assert followups.read(answer, TURNS) == "Why does it matter?"
    assert followups.read('{"done": true, "question": ""}', TURNS) is None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Why?",
        "[]",
        "null",
        "[" * 5000,
        {},
        {"done": "no", "question": "Why?"},
        {"done": False},
        {"done": False, "question": 7},
        {"done": False, "question": " \u200b\u202e "},
        {"done": False, "question": "???"},
        {"done": False, "question": "x" * 301},
        {"done": False, "question": "x" * 20_000},
        {"done": False, "question": "WHAT must be in?"},  # asked before
        {"done": False, "question": "Have you seen https://evil.example/x?"},
        {"done": False, "question": "See www.evil.example, will you?"},
        {"done": False, "question": "Would you write to ben@example.org?"},
        {"done": False, "question": "<img src=x> Why?"},
        {"done": False, "question": "[Why](x)?"},
    ],
)
def test_what_is_no_question_is_not_put(value: Any) -> None:
    answer = value if isinstance(value, str) else json.dumps(value)
    with pytest.raises(BadOutput):
        followups.read(answer, TURNS)
