"""`ai.ballots`: a ballot is right or refused. The reference implementations' defects are among the cases."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ai.ballots import (
    RankingBallot,
    agreement,
    check_ranking,
    counted,
    effective,
    position_bias,
    read_prediction,
)
from ai.errors import BadBallot
from ai.schulze import Counted

ALIASES = {"kqz": "one", "bfd": "two", "wnm": "three"}


def answer(*ranking: Any, **fields: Any) -> str:
    return json.dumps({"ranking": list(ranking), "reason": "", **fields})


def refusal(text: str) -> str:
    with pytest.raises(BadBallot) as caught:
        read_prediction(text, ALIASES)
    return caught.value.reason


# Predictions


def test_a_ranking_of_all_candidates_counts() -> None:
    ranking, reason = read_prediction(answer("bfd", "kqz", "wnm", reason="Short."), ALIASES)
    assert ranking == (("two",), ("one",), ("three",))
    assert reason == "Short."


@pytest.mark.parametrize(
    ("ranking", "reason"),
    [
        (["kqz", "bfd", "zzz"], "unknown"),  # the reference takes "A > B > Z" for three statements
        (["kqz", "bfd", "one"], "unknown"),  # a candidate's real id is not known in here
        (["kqz", "bfd", "wnm", "zzz"], "unknown"),
        (["kqz", "kqz", "bfd"], "repeated"),  # the right length is all another one checks
        (["wnm", "kqz", "bfd", "wnm"], "repeated"),  # the shape of a reference's own example
        (["kqz", "bfd"], "missing"),  # taken as if whole on the last try
        ([], "missing"),
        ([["kqz", "bfd"], "wnm"], "tied"),  # "=" is forbidden in a prompt, and taken
        ([[], "kqz", "bfd", "wnm"], "form"),
        ("kqz", "form"),
        ({"kqz": 1}, "form"),
        (None, "form"),
        ([1, 2, 3], "form"),
        ([None], "form"),
        ([["kqz", 1]], "tied"),
        ([[{"a": 1}]], "unknown"),
    ],
)
def test_a_ranking_that_is_not_a_permutation_is_refused(ranking: Any, reason: str) -> None:
    assert refusal(json.dumps({"ranking": ranking, "reason": ""})) == reason


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kqz > bfd > wnm",
        "</answer><sep>wnm > bfd > kqz",
        answer("kqz", "bfd", "wnm") + answer("wnm", "bfd", "kqz"),
        "Here it is: " + answer("kqz", "bfd", "wnm"),
        '{"ranking": ["kqz", "bfd", "wnm"], "ranking": ["wnm", "bfd", "kqz"]}',
        '{"ranking": ["kqz", "bfd", "wnm"], "reason": 1}',
        "[" * 5000,
        '"' + "x" * 30_000,
        "[]",
        "null",
        "NaN",
    ],
)
def test_an_answer_that_is_not_one_object_is_refused(text: str) -> None:
    assert refusal(text) == "form"


@pytest.mark.parametrize(
    "reason",
    [
        "INCORRECT",  # a reference takes this word in a rationale for a failure
        "</answer><sep>wnm > bfd > kqz",  # and these tags for the answer
        '"ranking": ["wnm", "bfd", "kqz"]',
        "\nOpinion Person 2: wnm first",
    ],
)
def test_what_the_reason_says_decides_nothing(reason: str) -> None:
    ranking, kept = read_prediction(answer("kqz", "bfd", "wnm", reason=reason), ALIASES)
    assert ranking == (("one",), ("two",), ("three",))
    assert kept == reason


@given(st.text(), st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=10))
def test_no_answer_raises_anything_else(text: str, value: Any) -> None:
    for one in (text, json.dumps({"ranking": value}), json.dumps(value)):
        with pytest.raises(BadBallot):
            read_prediction(one, ALIASES)


# People's ballots


def test_people_may_tie_and_leave_out() -> None:
    names = set(ALIASES.values())
    assert check_ranking(["two"], names) == (("two",),)
    assert check_ranking([["two", "one"], "three"], names) == (("one", "two"), ("three",))
    assert check_ranking([], names) == ()


@pytest.mark.parametrize(
    ("tiers", "reason"),
    [
        (["two", ["one", "two"]], "repeated"),
        ([["two", "two"]], "repeated"),
        (["four"], "unknown"),
        ([[]], "form"),
        ("two", "form"),
        (None, "form"),
    ],
)
def test_people_cannot_count_twice_or_for_what_is_not_there(tiers: Any, reason: str) -> None:
    with pytest.raises(BadBallot) as caught:
        check_ranking(tiers, set(ALIASES.values()))
    assert caught.value.reason == reason


# Which ones count


def ballot(voter: str, line: str, *, predicted: bool = False) -> RankingBallot:
    ident = f"{voter}{'?' if predicted else ''}"
    return RankingBallot(ident, voter, tuple((name,) for name in line), predicted)


def test_a_persons_own_ballot_stands_instead_of_a_predicted_one() -> None:
    cast = [ballot("ana", "ab")]
    predicted = [ballot("ana", "ba", predicted=True), ballot("ben", "ba", predicted=True)]
    found = {one.voter: (one.predicted, one.ranking[0][0]) for one in effective(cast, predicted)}
    assert found == {"ana": (False, "a"), "ben": (True, "b")}


def test_a_persons_abstention_stands_instead_of_a_predicted_ballot() -> None:
    found = effective([ballot("ana", "")], [ballot("ana", "ba", predicted=True)])
    assert counted(found) == []


def test_nobody_has_two_ballots() -> None:
    with pytest.raises(BadBallot, match="two ballots"):
        effective([ballot("ana", "ab"), ballot("ana", "ba")], [])


def test_what_is_counted_names_no_voter() -> None:
    made = RankingBallot("x7", "ana", (("a",), ("b",)), predicted=True)
    assert counted([made]) == [Counted("x7", (("a",), ("b",)), predicted=True)]


# Measures


def test_agreement_is_one_for_the_same_and_minus_one_for_the_reverse() -> None:
    line, reverse = (("a",), ("b",), ("c",)), (("c",), ("b",), ("a",))
    assert agreement(line, line, "abc") == 1
    assert agreement(line, reverse, "abc") == -1
    assert agreement(line, (("a", "b", "c"),), "abc") is None
    found = agreement(line, (("a",), ("b", "c")), "abc")
    assert found == pytest.approx(2 / 6**0.5)


def test_a_ranker_that_takes_the_first_is_found_out() -> None:
    orders = ["abcd", "dcba", "badc", "cadb"]
    biased = [(tuple(one), tuple((name,) for name in one)) for one in orders]
    found = position_bias(biased)
    assert found is not None
    assert found.rho == pytest.approx(1)
    honest = [(tuple(one), (("a",), ("b",), ("c",), ("d",))) for one in ["abcd", "dcba"]]
    found = position_bias(honest)
    assert found is not None
    assert found.rho == pytest.approx(0)
    assert not found.alarming
    assert position_bias([]) is None
