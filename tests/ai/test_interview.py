"""`ai.interview`: what is asked next, and what somebody's word does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ai.errors import NotAllowed
from ai.interview import (
    FIXED,
    LED,
    Interview,
    Point,
    Status,
    Step,
    Turn,
    Verdict,
    own_points,
)
from store.sessions import Type

POINTS = (
    Point("p1", 0, "Buses run on Sundays.", "buses on Sundays", own=False),
    Point("p2", 0, "No cars in the old town.", "no cars", own=False),
    Point("p3", 1, "At night too.", "At night too.", own=True),
)


def step(state: Interview, *, most: int = 3, written: bool = False) -> Step | str | None:
    return state.next_step(Type.OTHER, most=most, written=written)


def fixed(state: Interview, *, most: int = 3) -> Interview:
    """Answer fixed questions until there are no more."""
    while isinstance(question := step(state, most=most), str):
        state = state.ask(question, FIXED)
        state = state.answer(len(state.turns) - 1, "Something that matters.")
    return state


@pytest.mark.parametrize("type_", list(Type))
def test_without_a_model_three_questions_are_asked_whatever_it_is_about(type_: Type) -> None:
    state = Interview(FIXED)
    asked = []
    while isinstance(question := state.next_step(type_, most=3, written=False), str):
        asked.append(question)
        state = state.ask(question, FIXED)
        assert state.next_step(type_, most=3, written=False) is None
        state = state.answer(len(asked) - 1, "Yes.")
    assert len(set(asked)) == 3
    assert all(one.endswith("?") for one in asked)
    assert state.next_step(type_, most=3, written=False) is Step.READ_BACK


def test_a_limit_holds_for_fixed_questions_too() -> None:
    assert len(fixed(Interview(FIXED), most=1).turns) == 1


def test_a_model_asks_about_what_they_wrote_and_first_there_must_be_something() -> None:
    state = Interview(LED)
    assert step(state, written=True) is Step.ASK_MODEL
    opening = step(state)
    assert isinstance(opening, str)
    state = state.ask(opening, FIXED)
    passed = state.answer(0, None)
    another = step(passed)
    assert isinstance(another, str)
    assert another != opening
    state = state.answer(0, "Buses.")
    for at in range(1, 4):
        assert step(state) is Step.ASK_MODEL
        state = state.ask(f"Why, {at}?", LED).answer(at, "So.")
    assert step(state) is Step.READ_BACK


def test_who_has_said_enough_is_asked_no_more() -> None:
    state = Interview(FIXED).ask("What?", FIXED).answer(0, "Buses.", enough=True)
    assert step(state) is Step.READ_BACK


def test_when_the_model_is_gone_fixed_questions_go_on() -> None:
    state = Interview(LED).ask("Why?", LED).answer(0, "So.").fall_back("It is down.")
    found = fixed(state)
    assert [one.by for one in found.turns] == [LED, FIXED, FIXED]
    assert found.note == "It is down."


@pytest.mark.parametrize("turn", [-1, 0, 2])
def test_only_the_open_question_is_answered(turn: int) -> None:
    state = Interview(FIXED).ask("What?", FIXED).answer(0, "Buses.").ask("Why?", FIXED)
    with pytest.raises(NotAllowed) as caught:
        state.answer(turn, "Again.")
    assert caught.value.reason == "interview-moved"


def test_only_what_is_confirmed_or_corrected_counts() -> None:
    state = Interview(FIXED).read_back(POINTS)
    with pytest.raises(NotAllowed, match="3 points are still"):
        state.finish()
    state = state.judge("p1", Verdict.CONFIRMED).judge("p2", Verdict.DROPPED)
    with pytest.raises(NotAllowed, match="1 point is still"):
        state.finish()
    ended, texts = state.judge("p3", Verdict.CORRECTED, "Until midnight.").finish()
    assert texts == ["Buses run on Sundays.", "Until midnight."]
    assert ended.status is Status.DONE
    with pytest.raises(NotAllowed):
        ended.judge("p1", Verdict.DROPPED)


def test_one_may_think_again() -> None:
    state = Interview(FIXED).read_back(POINTS).judge("p1", Verdict.CORRECTED, "Other words.")
    state = state.judge("p1", Verdict.CONFIRMED)
    assert state.points[0].says == POINTS[0].text
    assert state.judge("p1", Verdict.OPEN).points[0].verdict is Verdict.OPEN


def test_a_point_that_is_not_there_cannot_be_judged() -> None:
    with pytest.raises(NotAllowed):
        Interview(FIXED).read_back(POINTS).judge("p9", Verdict.CONFIRMED)
    with pytest.raises(NotAllowed):
        Interview(FIXED).judge("p1", Verdict.CONFIRMED)
    with pytest.raises(NotAllowed):
        Interview(FIXED).finish()


def test_nothing_said_is_nothing_to_confirm() -> None:
    assert Interview(FIXED).read_back(()).status is Status.DONE


def test_it_comes_back_from_its_row_as_it_was() -> None:
    state = Interview(LED).ask("Why?", LED).answer(0, "So. 港 \u200d", enough=True)
    state = state.fall_back("Down.").read_back(POINTS, left_out=2)
    state = state.judge("p2", Verdict.CORRECTED, "Mine.")
    assert Interview.from_row(SimpleNamespace(**state.to_fields())) == state


def test_ones_own_answers_are_points_as_they_are_seen() -> None:
    turns = [Turn("A?", FIXED, "Buses.\nAnd\u200b trams."), Turn("B?", FIXED, None, skipped=True)]
    (point,) = own_points([*turns, Turn("C?", FIXED, "\u202e")])
    assert (point.text, point.quote, point.own) == ("Buses.\nAnd trams.", "Buses. And trams.", True)
