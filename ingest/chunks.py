"""
Cutting an extraction into chunks: whole sentences, never across a heading, a slide or a sheet. Pure.

A chunk is a range of the text, so it leads back to its places. What it is under (its headings) is told to the
embedding model before its text, and is no part of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.blocks import Block, BlockKind, Extraction, Row, Slide
from ingest.sentences import split as split_sentences

#: Returns how many tokens each text has, for the model that will read it.
Count = Callable[[Sequence[str]], list[int]]

#: What models put around a text.
_SPECIAL_TOKENS = 2

#: Headings may take this share of a chunk.
_CONTEXT_SHARE = 4

_SPLIT = frozenset({BlockKind.PARAGRAPH, BlockKind.ITEM, BlockKind.NOTE})

#: Characters that join the one before: variation selectors, the joiner of emoji, skin tones.
_JOINERS = frozenset({"\u200d", "\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))})


@dataclass(frozen=True, slots=True)
class Chunk:
    """``text[start:end]`` of an extraction. `headings`: what it is under, outermost first."""

    start: int
    end: int
    headings: tuple[str, ...]

    @property
    def context(self) -> str:
        """The headings as one line."""
        return " › ".join(self.headings)


def estimate(texts: Sequence[str]) -> list[int]:
    """Return about how many tokens texts have, for models we have no tokenizer of: rather too many."""
    return [max(1, -(-len(text.encode("utf-8", "replace")) // 3)) for text in texts]


def split(extraction: Extraction, *, max_tokens: int = 512, count: Count = estimate) -> list[Chunk]:
    """
    Return the chunks of an extraction, in order.

    Args:
        max_tokens: The size of a chunk with its headings, in tokens of `count`.
    """
    made: list[Chunk] = []
    for headings, blocks in _sections(extraction):
        room = max(max_tokens - _SPECIAL_TOKENS - _context_tokens(headings, max_tokens, count), 1)
        pieces = list(_pieces(extraction.text, blocks))
        counts = count([extraction.text[start:end] for start, end in pieces])
        counted = zip(pieces, counts, strict=True)
        fitting = list(_fitting(extraction.text, counted, room, count))
        between = _between(extraction.text, fitting, count)
        packed = _packed(fitting, between, room)
        made += [Chunk(start, end, headings) for start, end in packed]
    return made


def _context_tokens(headings: tuple[str, ...], max_tokens: int, count: Count) -> int:
    context = Chunk(0, 0, headings).context
    return min(count([context])[0], max_tokens // _CONTEXT_SHARE) if context else 0


def _sections(extraction: Extraction) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """
    Yield what belongs together, with the headings it is under.

    A heading right above a deeper one has no section of its own: the deeper one's chunks carry it.
    """
    path: list[tuple[int, str]] = []
    section: list[Block] = []
    for block in extraction.blocks:
        if block.kind is BlockKind.HEADING:
            if section and not _is_bare(section, block):
                yield _words(path), section
            words = " ".join(extraction.text[block.start : block.end].split())
            path = [one for one in path if one[0] < block.level] + [(block.level, words)]
            section = []
        elif section and _unit(section[-1]) != _unit(block):
            yield _words(path), section
            section = []
        section.append(block)
    if section:
        yield _words(path), section


def _is_bare(section: Sequence[Block], heading: Block) -> bool:
    return (
        len(section) == 1
        and section[0].kind is BlockKind.HEADING
        and section[0].level < heading.level
    )


def _words(path: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(words for _, words in path)


def _unit(block: Block) -> int | str | None:
    """Return the slide or sheet a block is on."""
    match block.anchor:
        case Slide(number=number):
            return number
        case Row(sheet=sheet):
            return sheet
    return None


def _pieces(text: str, blocks: Iterable[Block]) -> Iterator[tuple[int, int]]:
    """Yield ranges that are not cut if they fit: sentences, rows, headings. Together they hold every word."""
    for block in blocks:
        if block.kind not in _SPLIT:
            yield block.start, block.end
            continue
        words = text[block.start : block.end]
        starts = [0, *(one.start for one in split_sentences(words)[1:]), len(words)]
        for start, end in pairwise(starts):
            length = len(words[start:end].rstrip())
            if length:
                yield block.start + start, block.start + start + length


def _fitting(
    text: str,
    counted: Iterable[tuple[tuple[int, int], int]],
    room: int,
    count: Count,
) -> Iterator[tuple[int, int, int]]:
    """Yield (start, end, tokens); what does not fit by itself is cut."""
    for (start, end), tokens in counted:
        if tokens <= room:
            yield start, end, tokens
            continue
        while start < end:
            cut, tokens = _cut(text, start, end, room, count)
            yield start, start + len(text[start:cut].rstrip()), tokens
            start = cut
            while start < end and text[start].isspace():
                start += 1


def _cut(text: str, start: int, end: int, room: int, count: Count) -> tuple[int, int]:
    """Return where the longest piece that surely fits ends, and its tokens."""
    length = min(end - start, room * 6)
    while True:
        cut = start + length if start + length == end else _good_place(text, start, start + length)
        (tokens,) = count([text[start:cut]])
        if tokens <= room or length == 1:
            return cut, tokens
        length = max(1, min(length - 1, int(length * room / tokens)))


def _good_place(text: str, start: int, end: int) -> int:
    """Return the last place up to `end` where a text may be cut: at a space, or else between two characters."""
    for at in range(end, start + (end - start) // 2, -1):
        if text[at].isspace():
            return at
    at = end
    while at > start + 1 and _joins(text[at - 1], text[at]):
        at -= 1
    return at


def _joins(left: str, right: str) -> bool:
    return left == "\u200d" or right in _JOINERS or unicodedata.combining(right) != 0


def _between(text: str, pieces: Sequence[tuple[int, int, int]], count: Count) -> list[int]:
    """Return the tokens of what stands between each piece and the one before it: spaces, of few kinds."""
    gaps = ["" for _ in pieces[:1]]
    gaps += [text[one[1] : other[0]] for one, other in pairwise(pieces)]
    kinds = [gap for gap in dict.fromkeys(gaps) if gap]
    tokens = dict(zip(kinds, count(kinds) if kinds else (), strict=True))
    return [tokens.get(gap, 0) for gap in gaps]


def _packed(
    pieces: Iterable[tuple[int, int, int]], between: Iterable[int], room: int
) -> Iterator[tuple[int, int]]:
    """Yield ranges of as many pieces as fit."""
    first: int | None = None
    last, used = 0, 0
    for (start, end, tokens), gap in zip(pieces, between, strict=True):
        if first is not None and used + gap + tokens > room:
            yield first, last
            first = None
        if first is None:
            first, used = start, tokens
        else:
            used += gap + tokens
        last = end
    if first is not None:
        yield first, last
