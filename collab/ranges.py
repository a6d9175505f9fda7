"""Sets of clocks as sorted, disjoint, half-open ranges."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

Range = tuple[int, int]


class RangeSet:
    """Whole numbers, kept as ranges ``[first, end)``. Adding and asking cost O(log n) and the ranges touched."""

    __slots__ = ("_ends", "_firsts")

    def __init__(self) -> None:
        self._firsts: list[int] = []
        self._ends: list[int] = []

    def __iter__(self) -> Iterator[Range]:
        return iter(zip(self._firsts, self._ends, strict=True))

    def __len__(self) -> int:
        """The number of ranges."""
        return len(self._firsts)

    def add(self, first: int, end: int) -> None:
        """Put every number of ``[first, end)`` in."""
        low = bisect_left(self._ends, first)
        high = bisect_right(self._firsts, end)
        if low < high:
            first = min(first, self._firsts[low])
            end = max(end, self._ends[high - 1])
        self._firsts[low:high] = [first]
        self._ends[low:high] = [end]

    def missing(self, first: int, end: int) -> list[Range]:
        """Return what of ``[first, end)`` is not in."""
        gaps = []
        at = bisect_right(self._ends, first)
        while first < end and at < len(self._firsts) and self._firsts[at] < end:
            if first < self._firsts[at]:
                gaps.append((first, self._firsts[at]))
            first = self._ends[at]
            at += 1
        if first < end:
            gaps.append((first, end))
        return gaps
