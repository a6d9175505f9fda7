"""
OpenDocument text. Tracked deletions, hidden text and annotations are left out.

Source: OpenDocument 1.3 part 3, 5 (text), 9 (tables), 6.1.2 (white space).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingest.archive import open_archive
from ingest.blocks import BlockKind, Extraction, Writer
from ingest.errors import Damaged
from ingest.extract.job import Job
from ingest.extract.parts import Element, attribute, child, local, parse

_SKIPPED = frozenset(
    {"tracked-changes", "annotation", "annotation-end", "hidden-text", "hidden-paragraph"}
)
_HIDDEN = frozenset({"hidden-text", "hidden-paragraph"})


def extract(path: Path, job: Job) -> Extraction:
    """
    Read an OpenDocument text.

    Raises:
        Damaged, PasswordProtected, Excessive: If it cannot be read, or not whole.
    """
    with open_archive(path, job.limits) as archive:
        body = child(parse(archive.read("content.xml")), "body")
    text = child(body, "text") if body is not None else None
    if text is None:
        raise Damaged
    writer = Writer(job.limits.max_chars)
    _read(writer, text, BlockKind.PARAGRAPH, 0)
    return writer.extraction("odt", engine="accord odt 1")


def _read(writer: Writer, parent: Element, kind: BlockKind, level: int) -> None:
    for element in parent:
        match local(element):
            case "h":
                depth = attribute(element, "outline-level") or "1"
                words = "".join(_text(writer, element))
                writer.add(BlockKind.HEADING, words, level=int(depth) if depth.isdigit() else 1)
            case "p":
                writer.add(kind, "".join(_text(writer, element)), level=level)
            case "list":
                _read(writer, element, BlockKind.ITEM, level + 1)
            case "table-row":
                cells = [
                    " ".join("".join(_text(writer, cell)).split())
                    for cell in element
                    if local(cell) == "table-cell"
                ]
                writer.add(BlockKind.ROW, " | ".join(one for one in cells if one))
            case name if name not in _SKIPPED:
                _read(writer, element, kind, level)


def _text(writer: Writer, element: Element) -> Iterator[str]:
    yield element.text or ""
    for one in element:
        name = local(one)
        if name in _HIDDEN:
            writer.note("hidden-text", "")
        elif name == "s":
            count = attribute(one, "c") or "1"
            yield " " * (min(int(count), 100) if count.isdigit() else 1)
        elif name == "tab":
            yield "\t"
        elif name == "line-break":
            yield "\n"
        elif name == "note-citation":
            pass
        elif name not in _SKIPPED:
            words = _text(writer, one)
            if name == "note-body":
                yield f" ({' '.join(''.join(words).split())})"
            else:
                yield from words
            if name in ("p", "h"):
                yield "\n"
        yield one.tail or ""
