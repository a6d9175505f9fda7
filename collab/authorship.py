"""
Who wrote what: a document written once more, update by update, each with its author.

The engine tells after each update what it did to the statement; the authors of all characters move along. Who made
an update is known from the log, not from the client ids in it: an accepted suggestion is the server's struct, and
yet somebody put it in.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from collab.authored import Authored
from collab.document import NOTHING, Document

#: Stands for an embed in the bytes of the text. No UTF-8 has it.
_EMBED = b"\xff"

#: The author of what nobody knows about.
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Piece:
    """
    Characters of one look and one author, or one embed.

    Attributes:
        text: The characters; None for an embed.
        embed: Its value, None if it is nothing that could be written again.
        author: As given to `Retracing.apply`.
    """

    text: str | None
    author: int
    look: Mapping[str, Any] = field(default_factory=dict)
    embed: Any = None


@dataclass(slots=True)
class Change:
    """What an update did to the statement: characters that came and went, and whether looks changed."""

    added: int = 0
    removed: int = 0
    look: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the statement is as it was."""
        return not (self.added or self.removed or self.look)


class Retracing:
    """
    A document on its way through its log. Made, used and dropped in one thread.

    Args:
        state: Yjs update, v1, to start from.
        pieces: Who wrote what of it; without them nobody is known.
    """

    def __init__(self, state: bytes = NOTHING, pieces: Iterable[Piece] = ()) -> None:
        self.document = Document(state=state)
        text = _bytes_of(self.document.statement.diff())
        authors = array("i")
        for piece in pieces:
            authors += array("i", [piece.author]) * _width(piece.text)
        self._written = Authored(text, authors) if len(authors) == len(text) else _nobodys(text)
        self._deltas: list[list[dict[str, Any]]] = []
        self._following = self.document.follow_statement(self._deltas.append)

    def apply(self, update: bytes, author: int) -> Change:
        """
        Apply one update, v1, of an author; return what it did to the statement.

        Raises:
            DocumentBroken: If the engine does not take it.
        """
        self._deltas.clear()
        self.document.apply(update)
        change = Change()
        for delta in self._deltas:
            self._follow(delta, author, change)
        return change

    @property
    def characters(self) -> int:
        """How long the statement is."""
        return _count(self._written.text)

    def pieces(self) -> list[Piece]:
        """Return the statement as it is now, in pieces of one look and one author."""
        found: list[Piece] = []
        at = 0
        whole = self.document.statement.diff()
        self._check(_bytes_of(whole))
        authors = self._written.authors
        for content, look in whole:
            for piece in _split(content, dict(look or {}), authors, at):
                found.append(piece)
                at += _width(piece.text)
        return found

    def _check(self, text: bytes) -> None:
        """Rather nobody than somebody else: if what was told does not add up to the text, nobody is its author."""
        if text != self._written.text:
            self._written = _nobodys(text)

    def _follow(self, delta: Sequence[Mapping[str, Any]], author: int, change: Change) -> None:
        """Do to bytes and authors what was done to the statement. The engine counts bytes; an embed is one."""
        at = 0
        for step in delta:
            if "retain" in step:
                at += step["retain"]
                change.look = change.look or "attributes" in step
            elif "delete" in step:
                change.removed += _count(self._written.delete(at, step["delete"]))
            else:
                content = _bytes_of([(step["insert"], None)])
                change.added += _count(content)
                self._written.insert(at, content, author)
                at += len(content)


def _split(content: Any, look: dict[str, Any], authors: array[int], at: int) -> Iterator[Piece]:
    if not isinstance(content, str):
        yield Piece(None, authors[at], look, plain(content))
        return
    data = content.encode()
    start = 0
    for author, run in groupby(authors[at : at + len(data)]):
        end = start + len(list(run))
        yield Piece(data[start:end].decode(errors="replace"), author, look)
        start = end


def _nobodys(text: bytes) -> Authored:
    return Authored(text, array("i", [UNKNOWN]) * len(text))


def _bytes_of(pieces: Iterable[tuple[Any, Any]]) -> bytes:
    return b"".join(
        content.encode() if isinstance(content, str) else _EMBED for content, _ in pieces
    )


def _width(text: str | None) -> int:
    return len(text.encode()) if text is not None else 1


def _count(data: bytes) -> int:
    return len(data.decode(errors="replace"))


def plain(value: Any) -> Any:
    """An embed's value if it is plain data; shared types in a text cannot be written again."""
    return value if isinstance(value, dict | list | str | int | float | bool) else None
