"""
What a file becomes: one text, and blocks that say what each part of it is and where it stood.

Offsets are characters of the text. The blocks are in order, do not overlap, and what lies between two of them is white
space only; so any range of the text leads back to its places.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from ingest.errors import Excessive


class BlockKind(StrEnum):
    """What a block is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    ROW = "row"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Page:
    """A place in a paged document. `box`: left, top, right, bottom in points from the page's top left."""

    number: int
    box: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Slide:
    """A place in a presentation. `part`: ``body`` or ``notes``."""

    number: int
    part: str = "body"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a sheet, counted from one; `sheet` is empty where a file is one sheet without a name."""

    sheet: str
    number: int


@dataclass(frozen=True, slots=True)
class Under:
    """A place in a flowing document: under these headings, outermost first."""

    headings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a recording, in seconds."""

    start: float
    end: float
    speaker: str | None = None


Anchor = Page | Slide | Row | Under | Span

_ANCHORS: dict[str, type[Anchor]] = {
    "page": Page,
    "slide": Slide,
    "row": Row,
    "under": Under,
    "span": Span,
}


def anchor_json(anchor: Anchor) -> dict[str, Any]:
    """Return an anchor as plain JSON, with its `kind`."""
    return {"kind": type(anchor).__name__.lower(), **asdict(anchor)}


def anchor_of(value: dict[str, Any]) -> Anchor:
    """Read what `anchor_json` wrote."""
    fields: dict[str, Any] = {
        name: tuple(one) if isinstance(one, list) else one
        for name, one in value.items()
        if name != "kind"
    }
    return _ANCHORS[value["kind"]](**fields)


@dataclass(frozen=True, slots=True)
class Block:
    """``text[start:end]`` of an extraction. `level`: depth of a heading or list item, from one; else 0."""

    kind: BlockKind
    start: int
    end: int
    anchor: Anchor
    level: int = 0


@dataclass(frozen=True, slots=True)
class Note:
    """
    Something people should know about an extraction.

    Attributes:
        what: A word: ``hidden-text``, ``hidden-slides``, ``hidden-sheets``, ``needs-ocr``, ``repeated-lines``, ...
        count: How many there are of it.
        where: Pages, slides or names, the first ones.
    """

    what: str
    count: int
    where: tuple[int | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """
    A file as text.

    Attributes:
        units: Pages, slides or sheets; 0 where the format has none.
        engine: What read it, with its version.
    """

    kind: str
    text: str
    blocks: tuple[Block, ...]
    notes: tuple[Note, ...] = ()
    units: int = 0
    engine: str = ""

    def block_at(self, offset: int) -> Block:
        """Return the block a character is in, or the one before it."""
        at = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        return self.blocks[max(at, 0)]

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "kind": self.kind,
            "text": self.text,
            "blocks": blocks_json(self.blocks),
            "notes": [asdict(note) for note in self.notes],
            "units": self.units,
            "engine": self.engine,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Extraction:
        """Read what `to_json` wrote."""
        return cls(
            kind=value["kind"],
            text=value["text"],
            blocks=blocks_of(value["blocks"]),
            notes=tuple(
                Note(one["what"], one["count"], tuple(one["where"])) for one in value["notes"]
            ),
            units=value["units"],
            engine=value["engine"],
        )


def blocks_json(blocks: Sequence[Block]) -> list[Any]:
    """Return blocks as plain JSON, one short list each: there are tens of thousands."""
    return [
        [one.kind.value, one.start, one.end, one.level, anchor_json(one.anchor)] for one in blocks
    ]


def blocks_of(value: Sequence[Any]) -> tuple[Block, ...]:
    """Read what `blocks_json` wrote."""
    return tuple(
        Block(BlockKind(kind), start, end, anchor_of(anchor), level)
        for kind, start, end, level, anchor in value
    )


#: Characters no database or page wants: controls except tab and line feed, halves of surrogate pairs.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINES = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_TIGHT = frozenset({BlockKind.ITEM, BlockKind.ROW})


def clean(text: str) -> str:
    """Return a text with one kind of line break, without control characters and surrounding space."""
    return _UNWANTED.sub("", _LINES.sub("\n", text)).strip()


@dataclass(slots=True)
class Writer:
    """
    Puts an extraction together.

    Args:
        max_chars: How long the text may become.
    """

    max_chars: int
    _parts: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _notes: dict[str, list[int | str]] = field(default_factory=dict)
    _headings: list[tuple[int, str]] = field(default_factory=list)
    _length: int = 0

    def add(
        self, kind: BlockKind, text: str, anchor: Anchor | None = None, *, level: int = 0
    ) -> None:
        """
        Append a block; blank text is none.

        Args:
            anchor: Where it stands; None for under the headings so far.

        Raises:
            Excessive: If the text becomes too long.
        """
        text = clean(text)
        if not text:
            return
        if kind is BlockKind.HEADING:
            self._headings = [one for one in self._headings if one[0] < level]
        anchor = anchor or Under(tuple(words for _, words in self._headings))
        if kind is BlockKind.HEADING:
            self._headings.append((level, text.replace("\n", " ")[:200]))
        if self._blocks:
            tight = kind in _TIGHT and self._blocks[-1].kind is kind
            self._append("\n" if tight else "\n\n")
        start = self._length
        self._append(text)
        self._blocks.append(Block(kind, start, self._length, anchor, level))

    def note(self, what: str, where: int | str) -> None:
        """Remember one of something people should know about."""
        self._notes.setdefault(what, []).append(where)

    def extraction(self, kind: str, *, units: int = 0, engine: str = "") -> Extraction:
        """Return what came together."""
        notes = tuple(
            Note(what, len(found), tuple(dict.fromkeys(found))[:50])
            for what, found in self._notes.items()
        )
        return Extraction(
            kind, "".join(self._parts), tuple(self._blocks), notes, units=units, engine=engine
        )

    def _append(self, text: str) -> None:
        self._length += len(text)
        if self._length > self.max_chars:
            raise Excessive(f"{self.max_chars} characters of text")
        self._parts.append(text)
