"""What of a source everybody may see: its quote and name as its author allowed, and of a document where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def shown(source: Mapping[str, Any]) -> Json:
    """Return the public part of a source as a suggestion's row keeps it."""
    return {
        "citation": source["citation"],
        "quote": source["quote"],
        "author": source["author"],
        "document": shown_document(source),
    }


def shown_document(source: Mapping[str, Any], *, mine: bool = False) -> Json | None:
    """
    Return which document a source is, None if it is an input.

    Args:
        mine: Whether the asker gave the document; then they are told which one it is, shown to all or not.
    """
    found = source.get("document")
    if found is None:
        return None
    return {
        "id": source["input"] if found["open"] or mine else None,
        "name": found["name"],
        "place": found["place"],
    }


def by_whom(source: Mapping[str, Any]) -> str:
    """Return who or what says it, in words."""
    found = source.get("document")
    if found is None:
        return source["author"] or "a participant"
    parts = [found["name"] or "a document", place_in_words(found["place"])]
    if source["author"]:
        parts.append(f"given by {source['author']}")
    return ", ".join(filter(None, parts))


def said_by(source: Mapping[str, Any]) -> str | None:
    """Return the author of a source where they allow that; of a document also which it is, and where in it."""
    return by_whom(source) if source.get("document") is not None else source["author"]


def place_in_words(place: Mapping[str, Any] | None) -> str:
    """Return a place as people say it: ``page 12``, ``slide 3``, ``under Harbour › Ships``; empty for none."""
    match place:
        case {"kind": "page", "number": number}:
            return f"page {number}"
        case {"kind": "slide", "number": number}:
            return f"slide {number}"
        case {"kind": "row", "number": number, "sheet": str(sheet)} if sheet:
            return f"row {number} of {sheet}"
        case {"kind": "row", "number": number}:
            return f"row {number}"
        case {"kind": "under", "headings": list(headings)} if headings:
            return f"under {' › '.join(headings)}"
        case {"kind": "span", "start": start}:
            return f"at {int(start) // 60:02}:{int(start) % 60:02}"
    return ""
