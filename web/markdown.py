"""
The statement as Markdown (CommonMark): its text escaped, its look kept, its sources listed.

What participants wrote is never taken for markup: every character that Markdown could read is escaped, also those
from which GitHub and others make links of their own. Bold is ``**`` and italic ``_``, so that one beside the other
never run together.

Source: CommonMark 0.31, "Emphasis and strong emphasis"; how mdast-util-to-markdown encodes what stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, takewhile
from string import punctuation
from typing import Any
from urllib.parse import urlsplit

from collab.statement import Block, Span

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~&!$@]|:(?=//)|(?<=[Ww]{3})\.")
_LINE_START = re.compile(r"^([-+=](?=[\s=-]|$)|\d{1,9}(?=[.)](?:\s|$)))")
_BREAKS_A_LINK = re.compile(r"[\s\x00-\x20\x7f<>\\\"]")


@dataclass(frozen=True, slots=True)
class Source:
    """A quote behind a sentence; `author` only where they allowed their name, `quote` only where allowed."""

    quote: str | None
    author: str | None
    document: bool = False


@dataclass(frozen=True, slots=True)
class SourcedText:
    """
    A proposed text that went into the statement, with its sources.

    Attributes:
        unquoted: How many inputs stand behind it whose authors allow no quotes.
    """

    text: str
    edited: bool
    sources: Sequence[Source]
    unquoted: int = 0


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return inline([Span(text)])


def statement(blocks: Sequence[Block]) -> str:
    """Return the statement."""
    lines: list[str] = []
    lists = _Lists()
    previous = ""
    for block in blocks:
        text = inline(block.spans)
        if not text:
            continue
        if block.kind not in _LIST_KINDS:
            lists.end()
        lines += _between(previous, block.kind)
        lines.append(_block(block, text, lists))
        previous = block.kind
    return "\n".join(lines)


def sources(texts: Sequence[SourcedText]) -> str:
    """Return the list of what came from where."""
    lines = []
    for number, one in enumerate(texts, 1):
        marker = f"{number}. "
        edited = " (wording edited by a participant)" if one.edited else ""
        lines.append(f"{marker}{escape(one.text)}{edited}")
        lines += [" " * len(marker) + line for line in _source_lines(one)]
    return "\n".join(lines)


def _source_lines(one: SourcedText) -> Iterator[str]:
    for source in one.sources:
        if source.quote is not None:
            who = escape(source.author) if source.author else "a participant, anonymously"
            yield f"- “{escape(source.quote)}” ({who})"
        elif source.document:
            yield f"- see {escape(source.author or 'a document')}; it may not be quoted"
    if one.unquoted:
        plural = "input" if one.unquoted == 1 else "inputs"
        yield f"- and {one.unquoted} {plural} not to be quoted"


# -- blocks

_LIST_KINDS = ("bullet", "ordered")


def _between(previous: str, kind: str) -> list[str]:
    """What stands between two blocks, so that neither is read as part of the other."""
    if not previous or (previous in _LIST_KINDS and kind in _LIST_KINDS):
        return []
    return [">"] if previous == kind == "quote" else [""]


def _block(block: Block, text: str, lists: _Lists) -> str:
    if block.kind == "heading":
        return f"{'#' * min(block.level + 1, 6)} {text}"
    if block.kind == "quote":
        return f"> {text}"
    if block.kind in _LIST_KINDS:
        return lists.marker(block.kind, block.level) + text
    return text


@dataclass(slots=True)
class _Level:
    level: int
    kind: str
    indent: int
    number: int = 0
    width: int = 2


@dataclass(slots=True)
class _Lists:
    """
    The lists that are open, the outermost first.

    An item stands under its parent's text, not so many spaces per level: four more than that would be code, and
    under ``10.`` three are too few.
    """

    _open: list[_Level] = field(default_factory=list)

    def end(self) -> None:
        """Something else than an item comes."""
        self._open.clear()

    def marker(self, kind: str, level: int) -> str:
        """Return what an item begins with, its indentation before it."""
        while self._open and self._open[-1].level > level:
            self._open.pop()
        if self._open and self._open[-1].level == level and self._open[-1].kind != kind:
            self._open.pop()
        if not self._open or self._open[-1].level < level:
            parent = self._open[-1] if self._open else None
            self._open.append(_Level(level, kind, parent.indent + parent.width if parent else 0))
        here = self._open[-1]
        here.number += 1
        marker = "- " if kind == "bullet" else f"{here.number}. "
        here.width = len(marker)
        return " " * here.indent + marker


# -- what stands in a block


@dataclass(slots=True)
class _Character:
    """One character and its look."""

    text: str
    bold: bool
    italic: bool
    link: str | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text as it was written, or a mark of Markdown's. `opens`: what is inside comes after it."""

    text: str
    mark: bool = False
    opens: bool = False


def inline(spans: Iterable[Span]) -> str:
    """Return text and its look on one line that begins nothing but a paragraph."""
    line = _joined(list(_pieces(_trimmed(list(_characters(spans))))))
    return _LINE_START.sub(lambda found: _guarded(found.group(1)), line)


def _guarded(start: str) -> str:
    return start + "\\" if start[-1].isdigit() else "\\" + start


def _characters(spans: Iterable[Span]) -> Iterator[_Character]:
    """Yield the characters; whatever is white or cannot be seen is one space."""
    blank = True
    for span in spans:
        link = span.link.strip() if span.link is not None and is_safe_link(span.link) else None
        for one in span.text:
            shown = one if one.isprintable() or one in _JOINERS else " "
            if shown.isspace():
                if blank:
                    continue
                shown = " "
            blank = shown == " "
            yield _Character(shown, span.bold, span.italic, link)


#: Not printable by themselves, and part of how words and emoji are written.
_JOINERS = "\u200c\u200d"


def _trimmed(line: list[_Character]) -> list[_Character]:
    """Let no look begin or end with a space, nor the line: CommonMark reads ``** a**`` as asterisks."""
    while line and line[-1].text == " ":
        line.pop()
    for look, plain in (("bold", False), ("italic", False), ("link", None)):
        for _, run in groupby(line, key=_RUNS[look]):
            characters = list(run)
            for edge in (characters, reversed(characters)):
                for one in takewhile(lambda one: one.text == " ", edge):
                    setattr(one, look, plain)
    return line


#: What is written as one stretch of a look: bold is outermost, then italic, then links.
_RUNS: dict[str, Callable[[_Character], Any]] = {
    "bold": lambda one: one.bold,
    "italic": lambda one: (one.bold, one.italic),
    "link": lambda one: (one.bold, one.italic, one.link),
}


def _pieces(line: list[_Character]) -> Iterator[_Piece]:
    """Yield text and marks; every look is opened once for all that has it."""
    for bold, strong in groupby(line, key=lambda one: one.bold):
        yield from _marked("**" if bold else "", "**" if bold else "", _slanted(strong))


def _slanted(line: Iterable[_Character]) -> Iterator[_Piece]:
    for italic, slanted in groupby(line, key=lambda one: one.italic):
        yield from _marked("_" if italic else "", "_" if italic else "", _linked(slanted))


def _linked(line: Iterable[_Character]) -> Iterator[_Piece]:
    for link, linked in groupby(line, key=lambda one: one.link):
        text = _Piece("".join(one.text for one in linked))
        target = f"](<{_target(link)}>)" if link else ""
        yield from _marked("[" if link else "", target, [text])


def _marked(before: str, after: str, inside: Iterable[_Piece]) -> Iterator[_Piece]:
    if before:
        yield _Piece(before, mark=True, opens=True)
    yield from inside
    if after:
        yield _Piece(after, mark=True)


def _joined(pieces: list[_Piece]) -> str:
    """
    Write the pieces one after the other.

    A letter right outside a mark would hinder it (``a**"b"**c``); written as a number, it is punctuation to
    Markdown and the same letter to the reader.
    """
    written = []
    for at, piece in enumerate(pieces):
        if piece.mark:
            written.append(piece.text)
            continue
        before = pieces[at - 1] if at else None
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        text = _SPECIAL.sub(r"\\\g<0>", piece.text)
        if after is not None and after.mark and after.opens and _hinders(piece.text[-1]):
            text = text[:-1] + _number(piece.text[-1])
            if before is not None and len(piece.text) == 1:
                written.append(text)
                continue
        if before is not None and before.mark and not before.opens and _hinders(piece.text[0]):
            text = _number(piece.text[0]) + text[1:]
        written.append(text)
    return "".join(written)


def _hinders(one: str) -> bool:
    return not one.isspace() and one not in punctuation


def _number(one: str) -> str:
    return f"&#{ord(one)};"


def _target(link: str) -> str:
    encoded = _BREAKS_A_LINK.sub(
        lambda found: "".join(f"%{one:02X}" for one in found[0].encode()), link
    )
    return encoded.replace("&", "&amp;")


def is_safe_link(link: str) -> bool:
    """Whether a link leads to the web or a mailbox, not into the reader's browser."""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return False
    return parts.scheme == "mailto" or (parts.scheme in ("http", "https") and bool(parts.netloc))
