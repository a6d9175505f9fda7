"""
Turning the statement into another text by the smallest edit: what both have in common is not touched.

So what others type meanwhile, and every anchor in what stays, keeps its place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pycrdt import Text

from collab import positions
from collab.authorship import UNKNOWN, Piece, plain
from collab.comparison import compare
from collab.document import Document
from collab.positions import OBJECT

#: Where the stand-ins of embeds begin: characters nobody writes.
_STAND_INS = 0xF0000


def text_of(pieces: Iterable[Piece]) -> str:
    """Return the characters of pieces, `OBJECT` for each embed."""
    return "".join(piece.text if piece.text is not None else OBJECT for piece in pieces)


def as_it_is(document: Document) -> list[Piece]:
    """Return the statement in pieces, nobody's."""
    return [
        Piece(content, UNKNOWN, look or {})
        if isinstance(content, str)
        else Piece(None, UNKNOWN, look or {}, plain(content))
        for content, look in document.statement.diff()
    ]


class Rewriting:
    """
    The way from one text to another.

    Args:
        wanted: What the statement is to be. Embeds that cannot be written again are left out.
        before: What it is thought to be. Comparing takes longer than an edit may, so it is done here, and again in
            `apply` only if the text has moved on.
    """

    def __init__(self, wanted: Iterable[Piece], before: Sequence[Piece]) -> None:
        self._wanted = [
            piece for piece in wanted if piece.text is not None or piece.embed is not None
        ]
        self._embeds: dict[str, str] = {}
        self._before = self._keyed(before)
        self._after = self._keyed(self._wanted)
        self._stretches = compare(self._before, self._after)

    def fits(self, document: Document) -> bool:
        """Whether the statement is still what this was made for."""
        return self._keyed(as_it_is(document)) == self._before

    def apply(self, document: Document) -> None:
        """Do it, whatever the statement is now."""
        text = document.statement
        ruler = positions.measure(text)
        now = self._keyed(as_it_is(document))
        stretches = self._stretches if now == self._before else compare(now, self._after)
        for one in reversed(stretches):  # from the end, so that earlier offsets stay right
            if not one.same:
                start, end = ruler.utf8(one.start), ruler.utf8(one.end)
                _replace(text, start, end, _cut(self._wanted, one.new_start, one.new_end))
        _match_looks(text, self._wanted)

    def _keyed(self, pieces: Iterable[Piece]) -> str:
        """Return the characters of pieces, and for equal embeds the same stand-in."""
        return "".join(
            piece.text if piece.text is not None else self._stand_in(piece.embed)
            for piece in pieces
        )

    def _stand_in(self, embed: Any) -> str:
        key = json.dumps(embed, sort_keys=True)
        return self._embeds.setdefault(key, chr(_STAND_INS + len(self._embeds) % 0xFFFF))


def _replace(text: Text, start: int, end: int, pieces: Iterable[Piece]) -> None:
    """Put pieces in the place of ``[start, end)``, in the engine's bytes."""
    if start < end:
        del text[start:end]
    at = start
    for piece in pieces:
        if piece.text is None:
            text.insert_embed(at, piece.embed, dict(piece.look))
            at += 1
        else:
            text.insert(at, piece.text, dict(piece.look))
            at += len(piece.text.encode())


def _cut(pieces: Sequence[Piece], start: int, end: int) -> Iterator[Piece]:
    """Yield the characters of ``[start, end)``."""
    at = 0
    for piece in pieces:
        length = _length(piece)
        low, high = max(start - at, 0), min(end - at, length)
        if low < high:
            yield piece if piece.text is None else replace(piece, text=piece.text[low:high])
        at += length
        if at >= end:
            return


def _match_looks(text: Text, wanted: Sequence[Piece]) -> None:
    """Give every character the look it is to have, where it has another."""
    now = [
        (len(content) if isinstance(content, str) else 1, look or {})
        for content, look in text.diff()
    ]
    then = [(_length(piece), piece.look) for piece in wanted]
    for start, end, mine, look in _side_by_side(now, then):
        change = _difference(mine, look)
        if change:
            positions.format_range(text, start, end, change)


_Run = tuple[int, Mapping[str, Any]]


def _side_by_side(
    some: Sequence[_Run], others: Sequence[_Run]
) -> Iterator[tuple[int, int, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield the ranges in which neither of two looks changes."""
    at = index = other = 0
    used = other_used = 0
    while index < len(some) and other < len(others):
        (length, look), (other_length, other_look) = some[index], others[other]
        step = min(length - used, other_length - other_used)
        yield at, at + step, look, other_look
        at, used, other_used = at + step, used + step, other_used + step
        if used == length:
            index, used = index + 1, 0
        if other_used == other_length:
            other, other_used = other + 1, 0


def _difference(mine: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: wanted.get(name)
        for name in sorted(mine.keys() | wanted.keys())
        if mine.get(name) != wanted.get(name)
    }


def _length(piece: Piece) -> int:
    return len(piece.text) if piece.text is not None else 1
