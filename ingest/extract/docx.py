"""
Word documents.

Read from the XML itself, as the usual library leaves out what matters in a negotiated draft: tracked insertions,
text boxes, content controls, footnotes. Tracked deletions, hidden text and running headers are left out.

Source: ECMA-376 part 1, 17.3 (paragraphs), 17.4 (tables), 17.7 (styles), 17.13.5 (revisions).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.archive import Archive, open_archive
from ingest.blocks import BlockKind, Extraction, Writer
from ingest.errors import Damaged
from ingest.extract.job import Job
from ingest.extract.parts import Element, attribute, child, local, parse

_DELETED = frozenset({"del", "moveFrom", "Fallback", "instrText", "delText", "annotation"})
_MAIN = "word/document.xml"


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a Word document.

    Raises:
        Damaged, PasswordProtected, Excessive: If it cannot be read, or not whole.
    """
    with open_archive(path, job.limits) as archive:
        body = child(parse(archive.read(_main_part(archive))), "body")
        if body is None:
            raise Damaged
        reader = _Reader(
            Writer(job.limits.max_chars),
            headings=_heading_styles(archive),
            footnotes={**_notes(archive, "footnotes"), **_notes(archive, "endnotes")},
        )
        count = len(body)
        for done, element in enumerate(body, 1):
            reader.read(element)
            job.progress(done / count)
    return reader.writer.extraction("docx", engine="accord docx 1")


def _main_part(archive: Archive) -> str:
    if _MAIN in archive.names:
        return _MAIN
    relations = "_rels/.rels"
    if relations in archive.names:
        for one in parse(archive.read(relations)):
            if str(one.get("Type", "")).endswith("/officeDocument"):
                return str(one.get("Target", "")).lstrip("/")
    raise Damaged


def _heading_styles(archive: Archive) -> dict[str, int]:
    """Return style id -> level of the styles that make headings, by outline level or name, inherited too."""
    if "word/styles.xml" not in archive.names:
        return {}
    parents: dict[str, str] = {}
    levels: dict[str, int] = {}
    for style in parse(archive.read("word/styles.xml")):
        ident = attribute(style, "styleId")
        if ident is None:
            continue
        parent = child(style, "basedOn")
        if parent is not None:
            parents[ident] = attribute(parent, "val") or ""
        level = _outline_level(style) or _level_by_name(style)
        if level is not None:
            levels[ident] = level
    for ident in parents:
        ancestor, steps = ident, 0
        while ancestor not in levels and ancestor in parents and steps < 50:
            ancestor, steps = parents[ancestor], steps + 1
        if ancestor in levels:
            levels.setdefault(ident, levels[ancestor])
    return levels


def _outline_level(owner: Element) -> int | None:
    properties = child(owner, "pPr")
    found = child(properties, "outlineLvl") if properties is not None else None
    value = attribute(found, "val") if found is not None else None
    if value is None or not value.isdigit() or int(value) > 8:
        return None
    return int(value) + 1


def _level_by_name(style: Element) -> int | None:
    found = child(style, "name")
    name = (attribute(found, "val") or "").lower() if found is not None else ""
    if name == "title":
        return 1
    word, _, number = name.partition(" ")
    return int(number) if word == "heading" and number.isdigit() else None


def _notes(archive: Archive, which: str) -> dict[tuple[str, str], Element]:
    """Return (kind, id) -> footnote or endnote."""
    part = f"word/{which}.xml"
    if part not in archive.names:
        return {}
    kind = which.removesuffix("s")
    return {
        (kind, attribute(one, "id") or ""): one
        for one in parse(archive.read(part))
        if attribute(one, "type") is None  # the lines between text and notes are notes too
    }


@dataclass(slots=True)
class _Reader:
    writer: Writer
    headings: dict[str, int]
    footnotes: dict[tuple[str, str], Element]
    _pending: list[tuple[str, str]] = field(default_factory=list)

    def read(self, element: Element) -> None:
        """Write a part of the body."""
        match local(element):
            case "p":
                self._paragraph(element)
            case "tbl":
                self._table(element)
            case "sdt" | "sdtContent" | "ins" | "moveTo" | "customXml" | "smartTag":
                for one in element:
                    self.read(one)

    def _paragraph(self, element: Element) -> None:
        text = "".join(self._text(element))
        level = self._level(element)
        if level is not None:
            self.writer.add(BlockKind.HEADING, text, level=level)
        elif (depth := _depth_of_item(element)) is not None:
            self.writer.add(BlockKind.ITEM, text, level=depth)
        else:
            self.writer.add(BlockKind.PARAGRAPH, text)
        self._write_footnotes()

    def _write_footnotes(self) -> None:
        while self._pending:
            note = self.footnotes.pop(self._pending.pop(0), None)
            if note is not None:
                self.writer.add(BlockKind.NOTE, "".join(self._text(note)))

    def _table(self, element: Element) -> None:
        for row in element:
            if local(row) != "tr":
                continue
            cells = [
                " ".join("".join(self._text(cell)).split()) for cell in row if local(cell) == "tc"
            ]
            self.writer.add(BlockKind.ROW, " | ".join(one for one in cells if one))
        self._write_footnotes()

    def _level(self, paragraph: Element) -> int | None:
        own = _outline_level(paragraph)
        if own is not None:
            return own
        properties = child(paragraph, "pPr")
        style = child(properties, "pStyle") if properties is not None else None
        return self.headings.get(attribute(style, "val") or "") if style is not None else None

    def _text(self, element: Element) -> Iterator[str]:
        """Yield what can be read in an element."""
        for one in element:
            name = local(one)
            if name in _DELETED:
                continue
            if name == "t":
                yield one.text or ""
            elif name == "r" and _is_hidden(one):
                self.writer.note("hidden-text", "")
            elif name == "tab" and local(element) == "r":
                yield "\t"
            elif name in ("br", "cr"):
                yield "\n"
            elif name == "noBreakHyphen":
                yield "-"
            elif name in ("footnoteReference", "endnoteReference"):
                self._pending.append((name.removesuffix("Reference"), attribute(one, "id") or ""))
            else:
                yield from self._text(one)
                if name in ("p", "tr"):
                    yield "\n"


def _is_hidden(run: Element) -> bool:
    properties = child(run, "rPr")
    vanish = child(properties, "vanish") if properties is not None else None
    return vanish is not None and attribute(vanish, "val") not in ("0", "false", "off")


def _depth_of_item(paragraph: Element) -> int | None:
    """Return how deep a list item is, from one; None if it is none."""
    properties = child(paragraph, "pPr")
    if properties is None:
        return None
    numbering = child(properties, "numPr")
    if numbering is not None:
        level = child(numbering, "ilvl")
        value = attribute(level, "val") if level is not None else None
        return min(int(value), 8) + 1 if value is not None and value.isdigit() else 1
    style = child(properties, "pStyle")
    is_item = style is not None and (attribute(style, "val") or "").startswith("List")
    return 1 if is_item else None
