from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ai.budget import allot, beginning, equal_share


def test_everything_is_read_while_there_is_room() -> None:
    assert allot([("ana", 10), ("ben", 20), ("ana", 5)], 35) == [10, 20, 5]


def test_who_writes_most_is_cut_first() -> None:
    assert allot([("ana", 10), ("ben", 1000), ("cy", 30)], 100) == [10, 60, 30]


def test_many_inputs_of_one_person_count_together() -> None:
    """Or a flood of small ones would push everybody else out."""
    assert allot([("ana", 10), *[("ben", 10)] * 100], 50)[0] == 10
    assert sum(allot([("ana", 10), *[("ben", 10)] * 100], 50)) == 50


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 100)), max_size=20),
    st.integers(0, 400),
)
def test_the_sum_is_in_the_budget_and_nobody_gets_less_than_somebody_else_for_writing_less(
    pieces: list[tuple[str, int]], budget: int
) -> None:
    read = allot(pieces, budget)
    assert all(0 <= got <= size for got, (_, size) in zip(read, pieces, strict=True))
    assert sum(read) <= budget
    given_by: dict[str, int] = {}
    read_of: dict[str, int] = {}
    for got, (person, size) in zip(read, pieces, strict=True):
        given_by[person] = given_by.get(person, 0) + size
        read_of[person] = read_of.get(person, 0) + got
    cut = [read_of[one] for one in given_by if read_of[one] < given_by[one]]
    assert all(most <= min(cut) for most in read_of.values()) if cut else read_of == given_by


def test_nobody_is_nothing() -> None:
    assert allot([], 100) == []
    assert equal_share([], 100) == 0


def test_no_character_is_cut_in_two() -> None:
    assert beginning("é日本🎉", 5) == "é日"
    assert beginning("é日本🎉", 12) == "é日本🎉"
    assert beginning("a\ud800b", 3) == "a\ud800b"
