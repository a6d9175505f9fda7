"""Open critiques in the shared document: what everybody sees, anchored in the text."""

from __future__ import annotations

from typing import Any

from pycrdt import Map

from collab.document import COMMENTS, Document
from collab.positions import Anchor


def add(
    document: Document,
    ident: str,
    *,
    author: str,
    text: str,
    start: Anchor | None,
    end: Anchor | None,
    quote: str,
    created_at: str,
) -> None:
    """
    Show a critique.

    Args:
        start, end: The part of the statement it is about, None for all of it.
        quote: What stood there, so that it can be read when the place is gone.
        created_at: ISO 8601, UTC.
    """
    entry: dict[str, Any] = {
        "author": author,
        "text": text,
        "quote": quote,
        "resolved": False,
        "created_at": created_at,
    }
    if start is not None and end is not None:
        entry |= {"start": start.to_json(), "end": end.to_json()}
    document.root_map(COMMENTS)[ident] = Map(entry)


def resolve(document: Document, ident: str) -> None:
    """Show a critique as settled. Does nothing if it is not shown."""
    entry = document.root_map(COMMENTS).get(ident)
    if isinstance(entry, Map):
        entry["resolved"] = True


def unquote(document: Document, ident: str) -> None:
    """Show no longer which words a critique is about. Does nothing if it shows none."""
    entry = document.root_map(COMMENTS).get(ident)
    if isinstance(entry, Map) and entry.get("quote"):
        entry["quote"] = ""
