"""From a citation of a document back to its words: where a quote stands in the text, given the place it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ai.quotes import Source

Json = Mapping[str, Any]


def locate(
    text: str, blocks: Sequence[Sequence[Any]], place: Json | None, quote: str
) -> tuple[int, int]:
    """
    Return where to open a document.

    The quote is looked for at the place first, so that words which stand on two pages lead to the right one.

    Args:
        blocks: As `ingest.blocks.blocks_json` made them.
        place: An anchor as JSON, perhaps without some of its fields.
        quote: May be empty: its author may not allow it to be shown.

    Returns:
        Start and end of the quote in characters; the beginning of the place twice if the quote is not found.
    """
    at_place = [(start, end) for _, start, end, _, where in blocks if _is_at(where, place)]
    if at_place:
        first, last = at_place[0][0], at_place[-1][1]
        found = _find(text, quote, first, _with_next(blocks, last))
        return found or (first, first)
    return _find(text, quote, 0, len(text)) or (0, 0)


def _is_at(where: Json, place: Json | None) -> bool:
    """Whether a block stands at a place, by all that both say of it but the box."""
    if place is None or where["kind"] != place.get("kind"):
        return False
    said = {name: value for name, value in place.items() if name not in ("kind", "box")}
    return bool(said) and all(where.get(name) == value for name, value in said.items())


def _with_next(blocks: Sequence[Sequence[Any]], end: int) -> int:
    """Return the end of the block after this one: a quote may go on over the edge of a page."""
    return next((stop for _, start, stop, _, _ in blocks if start >= end), end)


def _find(text: str, quote: str, start: int, end: int) -> tuple[int, int] | None:
    if not quote.strip():
        return None
    at = text.find(quote, start, end)
    if at >= 0:
        return at, at + len(quote)
    found = Source(text[start:end]).find(quote)
    return (start + found.start, start + found.end) if found is not None else None
