"""
Running headers and footers: lines at the edge of pages that are about the paper, not the text. Pure.

A line at the top or bottom that comes back on many pages, numbers aside, is one. But numbered titles that begin their
pages ("Chapter 1", "Chapter 2") come back in the same way, and they are text. What comes back stays

- where the outline names it on its page;
- where it is set larger than the body, at the top, and its words with their number stand there once;
- where its number counts on and is not the page's.

Where all of it is in doubt, it is a running header: that was said once, and is left out everywhere.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.extract.lines import Line, OutlineEntry, PageLines

#: Running headers stand in this share of a page, at its top and at its bottom.
_EDGE = 0.1

#: They come back on this share of the pages, and on three at least.
_REPEATED = 0.3

#: A heading is set at least this much larger than the body.
LARGER = 1.12

#: So many of the numbers are as far from their page's as each other, if they are page numbers.
_TRACKING = 0.8

#: Titles count from one; some begin in the middle of a page, where they are not seen here.
_FIRST, _STEP = 2, 2

_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_SPACE = re.compile(r"\s+")

#: What stands around a page's number and is no title, in what people write here most.
_PAGE_WORDS = re.compile(
    r"\W*(?:p|pp|pg|page|s|seite|pág|página|pagina|pag|strona|sida|side|стр|страница|第)?\W*#"
    r"(?:\W*(?:of|von|de|di|sur|av|af|из|z)?\W*#)?\W*(?:页|頁|ページ)?\W*",
    re.IGNORECASE,
)

_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


@dataclass(frozen=True, slots=True)
class _Seen:
    """A line at an edge. `text`: small letters, single spaces; `numbers`: of it, in order."""

    page: int
    line: Line
    text: str
    numbers: tuple[int, ...]

    @property
    def look(self) -> tuple[str, float]:
        """What makes it the same line on another page: its words with their numbers, and its size."""
        return self.text, round(self.line.size, 1)


def find(pages: Sequence[PageLines], outline: Sequence[OutlineEntry]) -> set[tuple[int, Line]]:
    """Return the running headers and footers, each by its page's number and itself."""
    groups: dict[tuple[str, str], list[_Seen]] = defaultdict(list)
    for page in pages:
        for mark, seen in _at_edges(page):
            groups[mark].append(seen)
    least = max(3, len(pages) * _REPEATED)
    repeated = {
        mark: group for mark, group in groups.items() if len({one.page for one in group}) >= least
    }
    titles = _Titles(pages, outline)
    numbered = any(_is_page_number(mark[1], group) for mark, group in repeated.items())
    found: set[tuple[int, Line]] = set()
    for (edge, words), group in repeated.items():
        often = Counter(one.look for one in group)
        counts = _counts_on(words, group, numbered=numbered)
        for one in group:
            alone = often[one.look] == 1
            if (
                counts
                or titles.named(one, alone=alone)
                or (alone and edge == "top" and titles.larger(words, one))
            ):
                continue
            found.add((one.page, one.line))
    return found


def plain(text: str) -> str:
    """Return letters and digits alone, to compare titles by."""
    return "".join(one for one in text.casefold() if one.isalnum())


def body_size(lines: Sequence[Line]) -> float:
    """Return the size most letters have, 0 of no lines."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: (sizes[size], -size), default=0.0)


def _at_edges(page: PageLines) -> Iterator[tuple[tuple[str, str], _Seen]]:
    """Yield lines with what they are known by: which edge, and their words without numbers."""
    for line in page.lines:
        if line.box[3] <= page.height * _EDGE:
            edge = "top"
        elif line.box[1] >= page.height * (1 - _EDGE):
            edge = "bottom"
        else:
            continue
        text = _SPACE.sub(" ", line.text).strip().lower()
        numbers = tuple(_value(one) for one in _NUMBERS.findall(text))
        yield (edge, _NUMBERS.sub("#", text)), _Seen(page.number, line, text, numbers)


class _Titles:
    """Whether a line at an edge is a title, by what the document says and how it looks."""

    def __init__(self, pages: Sequence[PageLines], outline: Sequence[OutlineEntry]) -> None:
        self._outline: dict[int, set[str]] = defaultdict(set)
        for entry in outline:
            self._outline[entry.page].add(plain(entry.title))
        self._body = body_size([line for page in pages for line in page.lines])
        self._plain = {
            page.number: Counter(plain(line.text) for line in page.lines)
            for page in pages
            if page.number in self._outline
        }

    def named(self, one: _Seen, *, alone: bool) -> bool:
        """Whether the outline has it on its page, or, of one that stands nowhere else, a title that begins so."""
        words = plain(one.text)
        named = self._outline.get(one.page, ())
        return (
            (words in named or (alone and any(title.startswith(words) for title in named)))
            and not _PAGE_WORDS.fullmatch(_NUMBERS.sub("#", one.text))
            and self._plain[one.page][words] == 1
        )

    def larger(self, words: str, one: _Seen) -> bool:
        """Whether it is set as a heading is."""
        return one.line.size >= self._body * LARGER and not _PAGE_WORDS.fullmatch(words)


def _counts_on(words: str, group: Sequence[_Seen], *, numbered: bool) -> bool:
    """
    Whether lines are told apart by one number, which goes on from page to page as titles do.

    Args:
        numbered: Pages have their numbers elsewhere: then a number that happens to be the page's is not there for it.
    """
    series = _series(group)
    if series is None or _PAGE_WORDS.fullmatch(words):
        return False
    numbers = [number for _, number in series]
    if numbers[0] > _FIRST or not all(0 < b - a <= _STEP for a, b in pairwise(numbers)):
        return False
    return numbered or not _tracks(series)


def _is_page_number(words: str, group: Sequence[_Seen]) -> bool:
    """Whether lines are nothing but the number of their page."""
    series = _series(group)
    return series is not None and _PAGE_WORDS.fullmatch(words) is not None and _tracks(series)


def _series(group: Sequence[_Seen]) -> list[tuple[int, int]] | None:
    """Return page and number of each line, None where not exactly one number differs."""
    columns = list(zip(*(one.numbers for one in group), strict=True))
    differing = [column for column in columns if len(set(column)) > 1]
    if len(differing) != 1:
        return None
    return [(one.page, number) for one, number in zip(group, differing[0], strict=True)]


def _tracks(series: Sequence[tuple[int, int]]) -> bool:
    """Whether numbers go with their pages."""
    ((_, times),) = Counter(number - page for page, number in series).most_common(1)
    return times >= _TRACKING * len(series)


def _value(numeral: str) -> int:
    if numeral.isdigit():
        return int(numeral[:9])
    values = [_ROMAN[one] for one in numeral]
    return sum(
        -value if value < after else value
        for value, after in zip(values, [*values[1:], 0], strict=True)
    )
