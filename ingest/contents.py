"""What can be jumped to in a document: the first words of each page, slide and sheet, and its headings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.blocks import BlockKind

#: A heading that is a whole paragraph is no use in a list.
_TITLE = 120

Json = dict[str, Any]


def contents(text: str, blocks: Sequence[Sequence[Any]]) -> list[Json]:
    """
    Return the places to jump to, in order.

    Args:
        blocks: As `ingest.blocks.blocks_json` made them.

    Returns:
        ``{start, level, title, place}``; `level` is 0 and `title` empty where a page, slide or sheet begins,
        else those of a heading.
    """
    found: list[Json] = []
    before: tuple[Any, ...] | None = None
    for kind, start, end, level, place in blocks:
        unit = unit_of(place)
        if unit is not None and unit != before:
            before = unit
            found.append({"start": start, "level": 0, "title": "", "place": place})
        if kind == BlockKind.HEADING:
            title = " ".join(text[start : min(end, start + 2 * _TITLE)].split())[:_TITLE]
            found.append({"start": start, "level": level, "title": title, "place": place})
    return found


def unit_of(place: Json) -> tuple[Any, ...] | None:
    """Return what tells a page, slide or sheet from the next, None for a place in flowing text."""
    match place["kind"]:
        case "page" | "slide":
            return (place["kind"], place["number"])
        case "row":
            return ("row", place["sheet"])
    return None
