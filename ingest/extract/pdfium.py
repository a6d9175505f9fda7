"""PDF with PDFium, the engine with a permissive licence. It does not tell hidden text from seen text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from ingest.blocks import Extraction, Writer
from ingest.errors import Damaged, PasswordProtected
from ingest.extract import ocr, pages
from ingest.extract.job import Job
from ingest.extract.lines import Box, Line, OutlineEntry, PageLines

pypdfium2: Any = import_module("pypdfium2")  # neither has types
raw: Any = import_module("pypdfium2.raw")


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a PDF.

    Raises:
        PasswordProtected, Damaged, Excessive: If it cannot be read, or not whole.
    """
    try:
        document = pypdfium2.PdfDocument(path)
        count = len(document)
    except pypdfium2.PdfiumError as exc:
        if exc.err_code == raw.FPDF_ERR_PASSWORD:
            raise PasswordProtected from exc
        raise Damaged from exc
    if count == 0:
        raise Damaged
    read = []
    reader = ocr.find(job.limits)
    for number in range(count):
        try:
            page = document[number]
            made = _read(page, number + 1)
            ocr.read_scan(reader, made, partial(_draw, page), page.get_width())
            page.close()
            read.append(made)
        except pypdfium2.PdfiumError as exc:
            raise Damaged from exc
        job.progress((number + 1) / count)
    writer = Writer(job.limits.max_chars)
    pages.write(read, list(_outline(document)), writer)
    writer.note("hidden-text-unchecked", "")
    version = pypdfium2.PYPDFIUM_INFO.version
    return writer.extraction("pdf", units=count, engine=f"pypdfium2 {version}")


def _outline(document: Any) -> Iterator[OutlineEntry]:
    for mark in document.get_toc():
        place = mark.get_dest()
        index = place.get_index() if place is not None else None
        if index is not None:
            yield OutlineEntry(mark.level + 1, mark.get_title(), index + 1)


def _read(page: Any, number: int) -> PageLines:
    width, height = page.get_size()
    made = PageLines(number, height, picture_cover=_picture_cover(page, width * height))
    text = page.get_textpage()
    block = 0
    for index in range(text.count_rects()):
        left, bottom, right, top = text.get_rect(index)
        words = text.get_text_bounded(left, bottom, right, top)
        if not words.strip():
            continue
        bottom, top = _full_height(text, left, bottom, right, top)
        box = (left, height - top, right, height - bottom)
        if made.lines and not _belongs(made.lines[-1].box, box):
            block += 1
        made.lines.append(Line(words, box, round(top - bottom, 1), block))
    return made


def _draw(page: Any, to: Path, dpi: int) -> None:
    page.render(scale=dpi / 72, grayscale=True).to_pil().save(to, "PNG")


def _full_height(
    text: Any, left: float, bottom: float, right: float, top: float
) -> tuple[float, float]:
    """Return bottom and top as high as the font is: a rectangle is as high as its letters happen to be."""
    at = raw.FPDFText_GetCharIndexAtPos(text, left + 1, (bottom + top) / 2, right - left, 2)
    box = raw.FS_RECTF()
    if at < 0 or not raw.FPDFText_GetLooseCharBox(text, at, box):
        return bottom, top
    return box.bottom, box.top


def _belongs(above: Box, below: Box) -> bool:
    """Whether a piece of text goes on where another one ends: beside it, or on the next line."""
    size = above[3] - above[1]
    if abs(below[1] - above[1]) < size * 0.6:
        return below[0] >= above[2] - 1
    overlaps = below[0] < above[2] and above[0] < below[2]
    return overlaps and -0.5 * size < below[1] - above[3] < 0.3 * size


def _picture_cover(page: Any, area: float) -> float:
    cover = 0.0
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = thing.get_bounds()
        cover = max(cover, (right - left) * (top - bottom) / area if area else 0.0)
    return cover
