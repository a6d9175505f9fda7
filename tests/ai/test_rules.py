"""`ai.rules`: when a text is agreed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.errors import NotAllowed
from ai.rules import Choice, Kind, Outcome, Per, Rule, Voices, add_up, hear

YES, NO, PASS = Choice.APPROVE, Choice.OBJECT, Choice.ABSTAIN

UNANIMITY = Rule()
NO_OBJECTION = Rule(Kind.NO_OBJECTION, minutes=60, quorum=2)
THREE_OF_N = Rule(Kind.K_OF_N, approvals=3, quorum=4)
THREE_OF_N_BY_NIGHT = Rule(Kind.K_OF_N, approvals=3, quorum=4, minutes=60)


@pytest.mark.parametrize(
    ("rule", "voices", "now", "at_deadline"),
    [
        (UNANIMITY, Voices(3, 0, 0, of=3), Outcome.AGREED, Outcome.AGREED),
        (UNANIMITY, Voices(2, 0, 0, of=3), None, Outcome.NOT_AGREED),
        (UNANIMITY, Voices(2, 0, 1, of=3), None, Outcome.NOT_AGREED),
        (UNANIMITY, Voices(2, 1, 0, of=3), None, Outcome.NOT_AGREED),
        (UNANIMITY, Voices(0, 0, 0, of=0), None, Outcome.NOT_AGREED),
        (NO_OBJECTION, Voices(2, 0, 0, of=5), None, Outcome.AGREED),
        (NO_OBJECTION, Voices(1, 0, 1, of=5), None, Outcome.AGREED),
        (NO_OBJECTION, Voices(1, 0, 0, of=5), None, Outcome.NOT_AGREED),
        (NO_OBJECTION, Voices(0, 0, 5, of=5), None, Outcome.NOT_AGREED),
        (NO_OBJECTION, Voices(4, 1, 0, of=5), None, Outcome.NOT_AGREED),
        (NO_OBJECTION, Voices(4, 0, 1, of=5), Outcome.AGREED, Outcome.AGREED),
        (THREE_OF_N, Voices(3, 1, 0, of=9), Outcome.AGREED, Outcome.AGREED),
        (THREE_OF_N, Voices(3, 0, 0, of=9), None, Outcome.NOT_AGREED),
        (THREE_OF_N, Voices(2, 7, 0, of=9), None, Outcome.NOT_AGREED),
        (THREE_OF_N_BY_NIGHT, Voices(3, 1, 0, of=9), None, Outcome.AGREED),
        (THREE_OF_N_BY_NIGHT, Voices(3, 6, 0, of=9), Outcome.AGREED, Outcome.AGREED),
    ],
)
def test_a_poll_ends_as_its_rule_says(
    rule: Rule, voices: Voices, now: Outcome | None, at_deadline: Outcome
) -> None:
    assert rule.check().outcome(voices, over=False) is now
    assert rule.outcome(voices, over=True) is at_deadline


numbers = st.integers(0, 6)
rules = st.builds(
    Rule,
    kind=st.sampled_from(Kind),
    per=st.sampled_from(Per),
    approvals=st.none() | numbers,
    quorum=numbers,
    minutes=st.none() | numbers,
)


@given(rules, numbers, numbers, numbers, numbers, st.booleans())
def test_no_rule_agrees_to_what_nobody_approves(
    rule: Rule, approve: int, against: int, abstain: int, silent: int, over: bool
) -> None:
    try:
        rule.check()
    except NotAllowed:
        return
    voices = Voices(approve, against, abstain, of=approve + against + abstain + silent)
    if rule.outcome(voices, over=over) is Outcome.AGREED:
        assert approve > 0
        assert voices.cast >= rule.quorum
        assert rule.kind is Kind.K_OF_N or against == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": Kind.K_OF_N},
        {"kind": Kind.K_OF_N, "approvals": 0},
        {"approvals": 2},
        {"kind": Kind.NO_OBJECTION},
        {"kind": Kind.NO_OBJECTION, "minutes": 0},
        {"quorum": 0},
        {"minutes": -5},
    ],
)
def test_a_rule_whose_parts_do_not_fit_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed) as caught:
        Rule(**fields).check()
    assert caught.value.reason == "bad-rule"


def test_a_rule_that_nobody_could_meet_is_refused_before_anybody_is_asked() -> None:
    THREE_OF_N.check_reachable(4)
    for rule, voices in ((THREE_OF_N, 3), (UNANIMITY, 0), (Rule(quorum=3), 2)):
        with pytest.raises(NotAllowed, match="voices"):
            rule.check_reachable(voices)


def test_a_delegation_is_one_voice_and_says_what_more_of_it_say() -> None:
    voters = {
        "a": "north",
        "b": "north",
        "c": "north",
        "d": "south",
        "e": "south",
        "f": None,
        "g": "",
    }
    said = hear(Per.DELEGATION, voters, {"a": YES, "b": YES, "c": NO, "d": YES, "e": NO, "f": NO})
    assert said == {
        "delegation north": YES,
        "delegation south": PASS,
        "person f": NO,
        "person g": None,
    }
    assert add_up(said) == Voices(approve=1, object=1, abstain=1, of=4)


def test_who_is_called_like_a_delegation_is_not_it() -> None:
    said = hear(Per.DELEGATION, {"north": None, "b": "north", "person b": None}, {"b": YES})
    assert len(said) == 3


@given(st.dictionaries(st.text(), st.none() | st.text()), st.data())
def test_per_person_everybody_is_a_voice(
    voters: dict[str, str | None], data: st.DataObject
) -> None:
    choices = {voter: data.draw(st.sampled_from(Choice)) for voter in list(voters)[::2]}
    voices = add_up(hear(Per.PERSON, voters, choices))
    assert (voices.of, voices.cast) == (len(voters), len(choices))


@given(rules)
def test_a_rule_reads_back_as_it_was_written(rule: Rule) -> None:
    assert Rule.from_json(rule.to_json()) == rule
