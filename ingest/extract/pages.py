"""
From lines on pages to headings, paragraphs and rows: what PDF engines have in common. Pure.

A PDF has no paragraphs, only pieces of text at places. What we make of them:

- a line at an edge that comes back on many pages is a running header (`ingest.extract.running`), and left out;
- a heading is what the outline says, or else what is set larger than the body and is short;
- lines beside each other in one block are the cells of a table's row;
- everything else in one block is a paragraph; words cut at a line's end are put together again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.blocks import BlockKind, Page, Writer
from ingest.extract import running
from ingest.extract.lines import SCAN_CHARS, SCAN_COVER, Box, Line, OutlineEntry, PageLines
from ingest.extract.running import LARGER, body_size, plain

_MAX_HEADING = 200

#: Cells of a row are this far apart at least, in heights of a letter.
_GAP = 0.8

#: Below this confidence of 100 people are told to look at the page itself.
_SURE = 75.0

_SPACE = re.compile(r"\s+")


def write(pages: Sequence[PageLines], outline: Sequence[OutlineEntry], writer: Writer) -> None:
    """Put pages into an extraction."""
    repeated = running.find(pages, outline)
    headings = _Headings(pages, outline, repeated)
    for page in pages:
        kept = []
        for line in page.lines:
            if (page.number, line) in repeated:
                writer.note("repeated-lines", page.number)
            else:
                kept.append(line)
        for block in _blocks(kept):
            _write_block(writer, page.number, block, headings)
        if page.hidden:
            writer.note("hidden-text", page.number)
        if page.ocr_confidence is not None:
            note_ocr(writer, page.number, page.ocr_confidence)
        elif page.picture_cover >= SCAN_COVER and sum(len(one.text) for one in kept) < SCAN_CHARS:
            writer.note("needs-ocr", page.number)


def note_ocr(writer: Writer, page: int, confidence: float) -> None:
    """Say that a page's text was read in a picture, and whether surely."""
    writer.note("ocr-text", page)
    if confidence < _SURE:
        writer.note("ocr-uncertain", page)


def join(lines: Sequence[str]) -> str:
    """Return lines as one paragraph; a word cut by a hyphen is one word again."""
    text = ""
    for line in (_SPACE.sub(" ", one).strip() for one in lines):
        if text.endswith("\u00ad") or (
            text.endswith("-") and text[-2:-1].isalpha() and line[:1].islower()
        ):
            text = text[:-1] + line
        elif text and line:
            text += line if _joins_without_space(text[-1], line[0]) else " " + line
        else:
            text += line
    return text


def _joins_without_space(left: str, right: str) -> bool:
    """Whether two characters belong to scripts that write without spaces."""
    return _wide(left) and _wide(right)


def _wide(character: str) -> bool:
    return "\u2e80" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


class _Headings:
    """Which blocks are headings, and how deep."""

    def __init__(
        self,
        pages: Sequence[PageLines],
        outline: Sequence[OutlineEntry],
        repeated: set[tuple[int, Line]],
    ) -> None:
        self._outline: dict[int, dict[str, int]] = defaultdict(dict)
        for entry in outline:
            self._outline[entry.page][plain(entry.title)] = entry.level
        kept = [
            line for page in pages for line in page.lines if (page.number, line) not in repeated
        ]
        body = body_size(kept)
        sizes = {round(line.size, 1) for line in kept}
        larger = sorted((one for one in sizes if one >= body * LARGER), reverse=True)
        self._levels = {size: min(level, 6) for level, size in enumerate(larger, 1)}

    def level(self, page: int, text: str, size: float) -> int | None:
        """Return how deep a heading is, None if it is none."""
        if len(text) > _MAX_HEADING or not any(one.isalnum() for one in text):
            return None
        if self._outline:
            return self._outline.get(page, {}).get(plain(text))
        if text.endswith((".", ";", ",")) and len(text) > 60:
            return None
        return self._levels.get(round(size, 1))


def _blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Yield the lines that belong together, in the order of their first."""
    block: list[Line] = []
    for line in lines:
        if block and line.block != block[0].block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _write_block(writer: Writer, page: int, block: Sequence[Line], headings: _Headings) -> None:
    paragraph: list[Line] = []
    for row in _visual_rows(block):
        cells = _cells(row)
        if paragraph and (len(cells) > 1 or _parts(paragraph[-1], row[0])):
            _write_paragraph(writer, page, paragraph, headings)
            paragraph = []
        if len(cells) > 1:
            writer.add(BlockKind.ROW, " | ".join(cells), Page(page, _around(row)))
        else:
            paragraph += row
    if paragraph:
        _write_paragraph(writer, page, paragraph, headings)


def _cells(row: Sequence[Line]) -> list[str]:
    """Return what stands in a row, parted where the gap is wider than a space."""
    cells = [row[0].text]
    for left, right in pairwise(row):
        if right.box[0] - left.box[2] > _GAP * right.size:
            cells.append(right.text)
        else:
            cells[-1] += " " + right.text
    return [_SPACE.sub(" ", one).strip() for one in cells if one.strip()]


def _parts(above: Line, below: Line) -> bool:
    """Whether a block changes its size here: a heading that stands close to its text."""
    return abs(above.size - below.size) > 0.1 * max(above.size, below.size)


def _write_paragraph(writer: Writer, page: int, lines: Sequence[Line], headings: _Headings) -> None:
    text = join([line.text for line in lines])
    anchor = Page(page, _around(lines))
    level = headings.level(page, text, max(line.size for line in lines))
    if level is not None:
        writer.add(BlockKind.HEADING, text, anchor, level=level)
    else:
        writer.add(BlockKind.PARAGRAPH, text, anchor)


def _visual_rows(block: Sequence[Line]) -> list[list[Line]]:
    """Group lines that stand beside each other."""
    rows: list[list[Line]] = []
    for line in block:
        last = rows[-1][-1] if rows else None
        if last is not None and line.box[0] >= last.box[2] - 1 and _same_height(last.box, line.box):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _same_height(one: Box, other: Box) -> bool:
    overlap = min(one[3], other[3]) - max(one[1], other[1])
    return overlap > 0.6 * min(one[3] - one[1], other[3] - other[1])


def _around(lines: Sequence[Line]) -> Box:
    """Return the box around lines, to a tenth of a point."""
    left, top, right, bottom = zip(*(line.box for line in lines), strict=True)
    return round(min(left), 1), round(min(top), 1), round(max(right), 1), round(max(bottom), 1)
