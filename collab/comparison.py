"""
What changed between two texts, in words: what is kept, what went, what came.

Patience: words and lines that stand once in both are where they match, and what lies between is compared the same
way again. Prose is full of such words, the work is about that of sorting them, and a hostile text costs no more.

Source: B. Cohen's "patience diff" (2010), as in `bzrlib/patiencediff.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")

#: Matches that are nothing but a blank or a comma tear apart what was written in one go.
_CRUMB = re.compile(r"[^\w\n]{1,2}")

#: What is still unlike after so many rounds is taken as replaced.
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    Characters ``[start, end)`` of the text before and ``[new_start, new_end)`` of the one after.

    Attributes:
        same: They are equal. Else the new ones stand in the place of the old.
    """

    same: bool
    start: int
    end: int
    new_start: int
    new_end: int


def compare(before: str, after: str) -> list[Stretch]:
    """Return both texts from end to end as stretches; no two that changed, nor two that did not, are neighbours."""
    found: list[Stretch] = []
    for one in _compare(before, after, _LINE, 0, 0):
        if one.same:
            found.append(one)
        else:
            old, new = before[one.start : one.end], after[one.new_start : one.new_end]
            found += _compare(old, new, _TOKEN, one.start, one.new_start)
    found = _joined(_without_crumbs(_joined(found), before))
    return _joined([part for one in found for part in _trimmed(one, before, after)])


def _compare(
    before: str, after: str, parts: re.Pattern[str], offset: int, new_offset: int
) -> Iterator[Stretch]:
    a, b = parts.findall(before), parts.findall(after)
    at = _offsets(a, offset)
    new_at = _offsets(b, new_offset)
    for same, low, high, new_low, new_high in _match(a, b, 0, len(a), 0, len(b), 0):
        yield Stretch(same, at[low], at[high], new_at[new_low], new_at[new_high])


def _offsets(parts: Sequence[str], start: int) -> list[int]:
    found = [start]
    for part in parts:
        found.append(found[-1] + len(part))
    return found


_Match = tuple[bool, int, int, int, int]


def _match(
    a: Sequence[str], b: Sequence[str], low: int, high: int, new_low: int, new_high: int, depth: int
) -> Iterator[_Match]:
    head = 0
    most = min(high - low, new_high - new_low)
    while head < most and a[low + head] == b[new_low + head]:
        head += 1
    tail = 0
    while tail < most - head and a[high - 1 - tail] == b[new_high - 1 - tail]:
        tail += 1
    if head:
        yield True, low, low + head, new_low, new_low + head
    yield from _between(a, b, low + head, high - tail, new_low + head, new_high - tail, depth)
    if tail:
        yield True, high - tail, high, new_high - tail, new_high


def _between(
    a: Sequence[str], b: Sequence[str], low: int, high: int, new_low: int, new_high: int, depth: int
) -> Iterator[_Match]:
    """What is left between an equal beginning and an equal end."""
    if low == high and new_low == new_high:
        return
    anchors = _anchors(a, b, low, high, new_low, new_high) if depth < _MAX_DEPTH else []
    if not anchors:
        yield False, low, high, new_low, new_high
        return
    edges = [(low, new_low), *anchors, (high, new_high)]
    for (one, new_one), (other, new_other) in pairwise(edges):
        yield from _match(a, b, one, other, new_one, new_other, depth + 1)


def _anchors(
    a: Sequence[str], b: Sequence[str], low: int, high: int, new_low: int, new_high: int
) -> list[tuple[int, int]]:
    """Return the longest row of parts that stand once in both and in the same order."""
    counts, new_counts = Counter(a[low:high]), Counter(b[new_low:new_high])
    places = {b[at]: at for at in range(new_low, new_high) if new_counts[b[at]] == 1}
    pairs = [
        (at, places[a[at]]) for at in range(low, high) if counts[a[at]] == 1 and a[at] in places
    ]
    ends: list[int] = []  # the place in b that a row of each length ends with, the smallest known
    rows: list[int] = []
    before: list[int] = []
    for index, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(rows[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        rows[length : length + 1] = [index]
    found = []
    index = rows[-1] if rows else -1
    while index >= 0:
        found.append(pairs[index])
        index = before[index]
    return found[::-1]


def _without_crumbs(stretches: Sequence[Stretch], before: str) -> list[Stretch]:
    found = list(stretches)
    for index in range(1, len(found) - 1):
        one = found[index]
        if one.same and _CRUMB.fullmatch(before, one.start, one.end):
            found[index] = Stretch(False, one.start, one.end, one.new_start, one.new_end)
    return found


def _trimmed(one: Stretch, before: str, after: str) -> Iterator[Stretch]:
    """Take blanks and marks that are equal off the ends of what changed; words stay whole."""
    old, new = before[one.start : one.end], after[one.new_start : one.new_end]
    most = 0 if one.same else min(len(old), len(new))
    head = 0
    while head < most and old[head] == new[head] and not _is_word(old[head]):
        head += 1
    tail = 0
    while tail < most - head and old[-1 - tail] == new[-1 - tail] and not _is_word(old[-1 - tail]):
        tail += 1
    low, high = one.start + head, one.end - tail
    new_low, new_high = one.new_start + head, one.new_end - tail
    if head:
        yield Stretch(True, one.start, low, one.new_start, new_low)
    if low < high or new_low < new_high:
        yield Stretch(one.same, low, high, new_low, new_high)
    if tail:
        yield Stretch(True, high, one.end, new_high, one.new_end)


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    found: list[Stretch] = []
    for one in stretches:
        last = found[-1] if found else None
        if last is not None and last.same == one.same:
            found[-1] = Stretch(one.same, last.start, one.end, last.new_start, one.new_end)
        else:
            found.append(one)
    return found
