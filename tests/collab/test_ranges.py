from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collab.ranges import RangeSet

ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=20)


@given(ranges, st.integers(0, 40), st.integers(1, 20))
def test_it_holds_what_a_set_of_numbers_holds(
    added: list[tuple[int, int]], first: int, length: int
) -> None:
    kept, numbers = RangeSet(), set[int]()
    for start, size in added:
        kept.add(start, start + size)
        numbers.update(range(start, start + size))
    assert {n for low, high in kept for n in range(low, high)} == numbers
    missing = {n for low, high in kept.missing(first, first + length) for n in range(low, high)}
    assert missing == set(range(first, first + length)) - numbers


@given(ranges)
def test_its_ranges_are_sorted_and_do_not_touch(added: list[tuple[int, int]]) -> None:
    kept = RangeSet()
    for start, size in added:
        kept.add(start, start + size)
    bounds = [bound for pair in kept for bound in pair]
    assert bounds == sorted(set(bounds))
    assert len(kept) == len(bounds) // 2
