"""
A text as people agree to it: its blocks as plain JSON, and one hash for all of it, look included.

The JSON is what is stored and exported; its canonical form (sorted names, no spaces, UTF-8) is what is hashed, so that
any program can compute the hash again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from collab.statement import Block, Span


def to_json(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Return blocks as plain JSON; what is not set is left out."""
    return [
        {
            "kind": block.kind,
            **({"level": block.level} if block.level else {}),
            "spans": [_span(span) for span in _joined(block.spans)],
        }
        for block in blocks
    ]


def from_json(value: Iterable[Mapping[str, Any]]) -> list[Block]:
    """
    Read what `to_json` wrote.

    Raises:
        KeyError, TypeError: If it is something else.
    """
    return [
        Block(one["kind"], one.get("level", 0), tuple(Span(**span) for span in one["spans"]))
        for one in value
    ]


def digest(value: Sequence[Mapping[str, Any]]) -> str:
    """Return the SHA-256 of a text's JSON, hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def canonical(value: Any) -> bytes:
    """Return JSON in the one form that is hashed and signed."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode("utf-8", "surrogatepass")


def plain(blocks: Iterable[Block]) -> str:
    """Return the characters alone, a line per block."""
    return "\n".join(block.text for block in blocks)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Neighbours of one look are one: how a text was typed is no part of it."""
    found: list[Span] = []
    for span in spans:
        if found and replace(found[-1], text="") == replace(span, text=""):
            found[-1] = replace(span, text=found[-1].text + span.text)
        else:
            found.append(span)
    return found


def _span(span: Span) -> dict[str, Any]:
    found: dict[str, Any] = {"text": span.text}
    if span.bold:
        found["bold"] = True
    if span.italic:
        found["italic"] = True
    if span.link is not None:
        found["link"] = span.link
    return found
