"""
The statement: reading it as blocks, and the few edits the server itself makes.

The text is flat. A newline ends a block and carries the block's attributes (Quill's conventions); `bold`,
`italic` and `link` sit on the characters. All offsets are characters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from collab import positions
from collab.document import Document
from collab.positions import OBJECT


@dataclass(frozen=True, slots=True)
class Span:
    """Characters of one look. `link` is whatever a client wrote: check it before using it."""

    text: str
    bold: bool = False
    italic: bool = False
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """
    One paragraph, heading, quotation or list item.

    Attributes:
        kind: ``paragraph``, ``heading``, ``quote``, ``bullet`` or ``ordered``.
        level: 1-6 for a heading, the indentation from 0 for a list item, else 0.
    """

    kind: str
    level: int
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        """The characters without their look."""
        return "".join(span.text for span in self.spans)


def text_of(document: Document) -> str:
    """Return the statement's characters, `OBJECT` for each embed, with its newlines."""
    return positions.measure(document.statement).text


def blocks(document: Document) -> list[Block]:
    """Return the statement block by block; what clients wrote into attributes is read forgivingly."""
    return blocks_of(document.statement.diff())


def blocks_of(pieces: Iterable[tuple[Any, Mapping[str, Any] | None]]) -> list[Block]:
    """Return a text block by block from its pieces: characters or an embed, and their attributes."""
    found: list[Block] = []
    spans: list[Span] = []
    for piece, attributes in pieces:
        look = attributes or {}
        text = piece if isinstance(piece, str) else OBJECT
        for index, line in enumerate(text.split("\n")):
            if index:
                found.append(_block(look, spans))
                spans = []
            if line:
                spans.append(_span(line, look))
    if spans:
        found.append(_block({}, spans))
    return found


def insert_paragraph(document: Document, at: int, text: str) -> tuple[int, int]:
    """
    Put text on a line of its own, at or after a character offset.

    An empty line is filled; elsewhere a new line is made, plain whatever its neighbours look like.

    Returns:
        The range of the text, without its newline.
    """
    whole = text_of(document)
    if at and whole[at - 1] != "\n":  # inside a line: go to the start of the next one
        newline = whole.find("\n", at)
        if newline < 0:
            positions.insert(document.statement, len(whole), "\n")
            at = len(whole) + 1
            whole += "\n"
        else:
            at = newline + 1
    fills_an_empty_line = at < len(whole) and whole[at] == "\n"
    positions.insert(document.statement, at, text if fills_an_empty_line else text + "\n")
    return at, at + len(text)


def insert_sentence(document: Document, at: int, text: str) -> tuple[int, int]:
    """
    Put a sentence into running text at a character offset, with the spaces it needs.

    Returns:
        The range of the text, without spaces.
    """
    whole = text_of(document)
    before = " " if at and not whole[at - 1].isspace() else ""
    after = " " if at < len(whole) and not whole[at].isspace() else ""
    positions.insert(document.statement, at, before + text + after)
    return at + len(before), at + len(before) + len(text)


def replace(document: Document, start: int, end: int, text: str) -> tuple[int, int]:
    """
    Put text where the characters of ``[start, end)`` are; it looks as the first of them did.

    Returns:
        The range of the text.
    """
    look = _look_at(document, start)
    positions.delete(document.statement, start, end)
    positions.insert(document.statement, start, text, look)
    return start, start + len(text)


def _look_at(document: Document, at: int) -> dict[str, Any]:
    offset = 0
    for piece, attributes in document.statement.diff():
        offset += len(piece) if isinstance(piece, str) else 1
        if offset > at:
            return dict(attributes or {})
    return {}


def _span(text: str, look: Mapping[str, Any]) -> Span:
    link = look.get("link")
    return Span(
        text,
        bold=bool(look.get("bold")),
        italic=bool(look.get("italic")),
        link=link if isinstance(link, str) else None,
    )


def _block(look: Mapping[str, Any], spans: list[Span]) -> Block:
    made = tuple(spans)
    header, indent = _whole(look.get("header")), _whole(look.get("indent"))
    if header:
        return Block("heading", min(header, 6), made)
    if look.get("list") in ("bullet", "ordered"):
        return Block(str(look["list"]), min(indent, 8), made)
    if look.get("blockquote"):
        return Block("quote", 0, made)
    return Block("paragraph", 0, made)


def _whole(value: Any) -> int:
    """Numbers come back from the engine as floats, and from clients as anything."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 100:
        return int(value)
    return 0
