"""`ai.schulze`: what the method promises, and ties anybody can break again."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise as steps_of
from itertools import permutations
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ai.schulze import Counted, Ranking, Result, commitment, count, make_seed, pairwise

SEED = "0" * 64


@st.composite
def rankings(draw: st.DrawFn, names: tuple[str, ...]) -> Ranking:
    """Ties, gaps and empty ballots included."""
    levels = {name: draw(st.integers(0, len(names))) for name in names}
    tiers = [
        tuple(name for name in names if levels[name] == level)
        for level in range(len(names))  # the last level is not listed
    ]
    return tuple(tier for tier in tiers if tier)


@st.composite
def elections(
    draw: st.DrawFn, *, least: int = 1, most: int = 5
) -> tuple[tuple[str, ...], list[Ranking]]:
    names = tuple("abcdefgh"[: draw(st.integers(least, most))])
    return names, draw(st.lists(rankings(names), max_size=9))


def tally(names: tuple[str, ...], ballots: list[Ranking], seed: str = SEED) -> Result:
    return count(names, [Counted(f"b{at}", one) for at, one in enumerate(ballots)], seed=seed)


def winners(names: tuple[str, ...], ballots: list[Ranking]) -> set[str]:
    """Everybody who is beaten by nobody."""
    paths = tally(names, ballots).paths
    return {
        one
        for one in names
        if all(paths[one, other] >= paths[other, one] for other in names if other != one)
    }


def strict(line: str) -> Ranking:
    return tuple((name,) for name in line)


# The worked example


def test_schulzes_own_example_comes_out_as_he_says() -> None:
    """45 voters, E > A > C > B > D (Schulze 2011)."""
    groups = {
        "acbed": 5, "adecb": 5, "bedac": 8, "cabed": 3,
        "caebd": 7, "cbade": 2, "dceba": 7, "ebadc": 8,
    }  # fmt: skip
    ballots = [strict(line) for line, times in groups.items() for _ in range(times)]
    found = tally(tuple("abcde"), ballots)
    assert found.order == tuple("eacbd")
    assert found.tiers == (("e",), ("a",), ("c",), ("b",), ("d",))
    assert found.drawn == ()
    preferred = {"ab": 20, "ac": 26, "ad": 30, "ae": 22, "bd": 33, "cb": 29, "dc": 28, "eb": 27}
    assert {pair: found.preferred[pair[0], pair[1]] for pair in preferred} == preferred
    paths = {
        "ab": 28, "ac": 28, "ad": 30, "ae": 24, "ba": 25, "bc": 28, "bd": 33, "be": 24,
        "ca": 25, "cb": 29, "cd": 29, "ce": 24, "da": 25, "db": 28, "dc": 28, "de": 24,
        "ea": 25, "eb": 28, "ec": 28, "ed": 31,
    }  # fmt: skip
    assert {pair[0] + pair[1]: votes for pair, votes in found.paths.items()} == paths


# Properties


@given(elections(least=2))
def test_the_paths_are_the_strongest_there_are(
    election: tuple[tuple[str, ...], list[Ranking]],
) -> None:
    """Against trying every path."""
    names, ballots = election
    preferred = pairwise(names, ballots)
    step = {
        pair: votes if votes > preferred[pair[::-1]] else 0 for pair, votes in preferred.items()
    }
    found = tally(names, ballots).paths
    for one, other in preferred:
        between = [name for name in names if name not in (one, other)]
        strongest = max(
            min(step[pair] for pair in steps_of(walk))
            for length in range(len(between) + 1)
            for way in permutations(between, length)
            for walk in [(one, *way, other)]
        )
        assert found[one, other] == strongest


@given(elections())
def test_a_condorcet_winner_wins(election: tuple[tuple[str, ...], list[Ranking]]) -> None:
    names, ballots = election
    preferred = pairwise(names, ballots)
    best = [
        one
        for one in names
        if all(preferred[one, other] > preferred[other, one] for other in names if other != one)
    ]
    assume(best)
    assert tally(names, ballots).tiers[0] == tuple(best)


@given(elections(), st.randoms(use_true_random=False))
def test_neither_the_order_of_candidates_nor_that_of_ballots_matters(
    election: tuple[tuple[str, ...], list[Ranking]], random: Random
) -> None:
    names, ballots = election
    cast = [Counted(f"b{at}", one, at % 2 == 0) for at, one in enumerate(ballots)]
    before = count(names, cast, seed=SEED)
    shuffled = [
        Counted(b.id, tuple(tuple(reversed(t)) for t in b.ranking), b.predicted) for b in cast
    ]
    random.shuffle(shuffled)
    mixed = list(names)
    random.shuffle(mixed)
    assert count(mixed, shuffled, seed=SEED) == before


@given(elections(), st.data())
def test_candidates_by_other_names_come_out_the_same(
    election: tuple[tuple[str, ...], list[Ranking]], data: st.DataObject
) -> None:
    names, ballots = election
    new = dict(zip(names, data.draw(st.permutations(names)), strict=True))
    renamed = [tuple(tuple(new[name] for name in tier) for tier in one) for one in ballots]
    before, after = tally(names, ballots).tiers, tally(names, renamed).tiers
    assert [{new[name] for name in tier} for tier in before] == [set(tier) for tier in after]


@given(elections(least=2, most=4), st.data())
def test_a_clone_changes_nothing_for_the_others(
    election: tuple[tuple[str, ...], list[Ranking]], data: st.DataObject
) -> None:
    """A clone stands beside the cloned one on every ballot: before it, behind it or tied."""
    names, ballots = election
    cloned, clone = names[0], "z"

    def beside(tier: tuple[str, ...], how: str) -> list[tuple[str, ...]]:
        if cloned not in tier:
            return [tier]
        if how == "tied" or len(tier) > 1:  # between others of its tier nothing fits
            return [(*tier, clone)]
        return [tier, (clone,)] if how == "behind" else [(clone,), tier]

    with_clone = [
        tuple(
            made
            for tier in one
            for made in beside(tier, data.draw(st.sampled_from(["before", "behind", "tied"])))
        )
        for one in ballots
    ]
    before, after = winners(names, ballots), winners((*names, clone), with_clone)
    assert after - {cloned, clone} == before - {cloned}
    assert bool(after & {cloned, clone}) == (cloned in before)


@given(elections(least=2), st.data())
def test_who_is_ranked_higher_does_not_lose_by_it(
    election: tuple[tuple[str, ...], list[Ranking]], data: st.DataObject
) -> None:
    names, ballots = election
    assume(ballots)
    before = winners(names, ballots)
    raised = data.draw(st.sampled_from(sorted(before)))
    at = data.draw(st.integers(0, len(ballots) - 1))
    rest = [tuple(name for name in tier if name != raised) for tier in ballots[at]]
    place = next((i for i, tier in enumerate(ballots[at]) if raised in tier), len(rest))
    rest.insert(data.draw(st.integers(0, place)), (raised,))
    higher = [*ballots]
    higher[at] = tuple(tier for tier in rest if tier)
    assert raised in winners(names, higher)


@given(elections(least=2))
def test_the_reverse_of_all_ballots_does_not_choose_the_same_single_winner(
    election: tuple[tuple[str, ...], list[Ranking]],
) -> None:
    names, ballots = election
    complete = [
        (*one, tuple(n for n in names if not any(n in tier for tier in one))) for one in ballots
    ]
    complete = [tuple(tier for tier in one if tier) for one in complete]
    first = winners(names, complete)
    assume(len(first) == 1)
    assert winners(names, [one[::-1] for one in complete]) != first


@given(elections(least=2))
def test_what_all_put_below_another_does_not_win(
    election: tuple[tuple[str, ...], list[Ranking]],
) -> None:
    names, ballots = election
    assume(ballots)
    preferred = pairwise(names, ballots)
    found = winners(names, ballots)
    for (one, other), votes in preferred.items():
        if votes == len(ballots):
            assert other not in found, (one, other)


# Ties


@given(elections(), st.text(max_size=5))
def test_the_order_is_whole_and_agrees_with_the_count(
    election: tuple[tuple[str, ...], list[Ranking]], seed: str
) -> None:
    names, ballots = election
    found = tally(names, ballots, seed)
    assert sorted(found.order) == sorted(names)
    assert [set(found.order[a : a + len(t)]) for a, t in _starts(found)] == [
        set(tier) for tier in found.tiers
    ]
    assert found == tally(names, ballots, seed)


def _starts(found: Result) -> list[tuple[int, tuple[str, ...]]]:
    at, made = 0, []
    for tier in found.tiers:
        made.append((at, tier))
        at += len(tier)
    return made


def test_a_cycle_is_broken_by_a_drawn_ballot_and_not_by_the_alphabet() -> None:
    cycle = [strict("abc"), strict("bca"), strict("cab")]
    won = Counter(tally(("a", "b", "c"), cycle, str(seed)).winner for seed in range(600))
    assert set(won) == {"a", "b", "c"}
    assert max(won.values()) < 260, won
    one = tally(("a", "b", "c"), cycle, "7")
    assert one.tied
    assert one.tiers == (("a", "b", "c"),)
    assert len(one.drawn) == 1
    assert not one.lots
    assert one.order == tuple(["abc", "bca", "cab"][int(one.drawn[0][1])])


def test_a_human_ballot_is_drawn_before_every_predicted_one() -> None:
    ballots = [Counted("human", strict("ab")), Counted("machine", strict("ba"), predicted=True)]
    for seed in range(50):
        found = count("ab", ballots, seed=str(seed))
        assert (found.winner, found.drawn) == ("a", ("human",))


def test_without_ballots_lots_decide_and_say_so() -> None:
    won = Counter(tally(("a", "b"), [], str(seed)).winner for seed in range(200))
    assert min(won["a"], won["b"]) > 60
    found = tally(("a", "b"), [])
    assert (found.lots, found.tied, found.tiers) == (True, True, (("a", "b"),))


def test_one_candidate_wins() -> None:
    found = tally(("a",), [strict("a"), ()])
    assert (found.winner, found.tied, found.lots) == ("a", False, False)


def test_nothing_to_count_is_an_error() -> None:
    with pytest.raises(ValueError, match="no candidate"):
        count([], [], seed=SEED)


def test_a_ballot_counted_twice_is_an_error() -> None:
    with pytest.raises(ValueError, match="same id"):
        count("ab", [Counted("b", strict("ab")), Counted("b", strict("ab"))], seed=SEED)


def test_what_is_not_listed_is_tied_behind_the_rest() -> None:
    preferred = pairwise("abcd", [(("a",), ("b",))])
    assert {pair for pair, votes in preferred.items() if votes} == {
        ("a", "b"), ("a", "c"), ("a", "d"), ("b", "c"), ("b", "d"),
    }  # fmt: skip


# The seed


def test_the_seed_depends_on_secret_subject_and_every_ballot_and_on_no_order() -> None:
    ballots = [Counted("x", (("a", "b"), ("c",))), Counted("y", strict("abc"))]
    base = make_seed("secret", "round 1", ballots)
    assert make_seed("secret", "round 1", ballots[::-1]) == base
    assert make_seed("secret", "round 1", [Counted("x", (("b", "a"), ("c",))), ballots[1]]) == base
    others = {
        make_seed("other", "round 1", ballots),
        make_seed("secret", "round 2", ballots),
        make_seed("secret", "round 1", ballots[:1]),
        make_seed("secret", "round 1", [Counted("x", strict("abc")), ballots[1]]),
        make_seed("secret", "round 1", [Counted("z", (("a", "b"), ("c",))), ballots[1]]),
    }
    assert len(others | {base}) == 6


def test_the_commitment_gives_the_seed_away_to_nobody() -> None:
    assert commitment("secret") != make_seed("secret", "", [])
    assert commitment("secret") == commitment("secret") != commitment("secret2")


def test_forty_candidates_and_any_number_of_voters() -> None:
    """The reference stops at 26 candidates, one letter each, and at a fixed number of citizens."""
    names = [f"candidate {at}" for at in range(40)]
    ballots = [Counted(str(at), tuple((n,) for n in names)) for at in range(7)]
    assert count(names, ballots, seed=SEED).order == tuple(names)
