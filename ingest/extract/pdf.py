"""PDF with PyMuPDF, the default engine. Licence: AGPL (docs/decisions); `ingest.extract.pdfium` is the other one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

from ingest.blocks import Extraction, Writer
from ingest.errors import Damaged, PasswordProtected
from ingest.extract import ocr, pages
from ingest.extract.job import Job
from ingest.extract.lines import SCAN_COVER, Line, OutlineEntry, PageLines

# What it brings for language models, with models of page layout of its own, takes three quarters of the time of
# importing it, and nothing here asks for that.
for _unasked in ("pymupdf.layout", "pymupdf4llm"):
    sys.modules.setdefault(_unasked, None)  # type: ignore[arg-type]
pymupdf: Any = import_module("pymupdf")

#: Bits of a span's `char_flags`: filled, stroked (MuPDF, structured-text.h).
_VISIBLE = 16 | 32

#: Smaller letters are there for machines, in points.
_READABLE = 1.0

#: Ligatures become their letters; what lies outside of the page is not read.
_FLAGS = (
    pymupdf.TEXT_PRESERVE_WHITESPACE
    | pymupdf.TEXT_MEDIABOX_CLIP
    | pymupdf.TEXT_CID_FOR_UNKNOWN_UNICODE
)

_WHITE = 0xF8

#: A page with more letters than this is no scan with a running header, whatever picture lies behind it.
_MANY_CHARS = 400


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a PDF.

    Raises:
        PasswordProtected, Damaged, Excessive: If it cannot be read, or not whole.
    """
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(path, filetype="pdf")
    except (pymupdf.FileDataError, pymupdf.EmptyFileError) as exc:
        raise Damaged from exc
    with document:
        if document.needs_pass:
            raise PasswordProtected
        count = _page_count(document)
        read = []
        reader = ocr.find(job.limits)
        for page in document:
            made = _read(page)
            ocr.read_scan(reader, made, partial(_draw, page), page.rect.width)
            read.append(made)
            job.progress(len(read) / count)
        writer = Writer(job.limits.max_chars)
        pages.write(read, _outline(document), writer)
        return writer.extraction("pdf", units=count, engine=f"pymupdf {pymupdf.VersionBind}")


def _page_count(document: Any) -> int:
    try:
        count: int = document.page_count
    except RuntimeError as exc:  # a tree of pages that has no end
        raise Damaged from exc
    if count == 0:
        raise Damaged
    return count


def _outline(document: Any) -> list[OutlineEntry]:
    return [OutlineEntry(level, title, page) for level, title, page in document.get_toc()]


def _read(page: Any) -> PageLines:
    found = page.get_text("dict", flags=_FLAGS)
    made = PageLines(page.number + 1, found["height"])
    paper = _Paper(page)
    for number, block in enumerate(found["blocks"]):
        for line in block.get("lines", ()):
            seen = []
            for span in line["spans"]:
                if _hidden(span, paper):
                    made.hidden += len(span["text"].strip())
                else:
                    seen.append(span)
            text = "".join(span["text"] for span in seen)
            if text.strip():
                size = max(span["size"] for span in seen)
                made.lines.append(Line(text, tuple(line["bbox"]), size, number))
    if sum(len(line.text) for line in made.lines) < _MANY_CHARS:
        made.picture_cover = paper.picture_cover
    return made


def _draw(page: Any, to: Path, dpi: int) -> None:
    page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY).save(to)


def _hidden(span: dict[str, Any], paper: _Paper) -> bool:
    """Whether nobody who looks at the page can read this; under a scan, that is what OCR has left."""
    if not span["text"].strip():
        return False
    if span["size"] < _READABLE:
        return True
    if not span["char_flags"] & _VISIBLE:
        return paper.picture_cover < SCAN_COVER
    if span["alpha"] == 0:
        return True
    return _is_white(span["color"]) and paper.is_blank(span["bbox"])


def _is_white(color: int) -> bool:
    return all(color >> shift & 0xFF >= _WHITE for shift in (0, 8, 16))


class _Paper:
    """What lies under the text of a page; looked at only where it matters, since that takes longer than reading."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._marks: list[Any] | None = None

    @cached_property
    def picture_cover(self) -> float:
        """The share of the page that its largest picture covers."""
        page = self._page
        area = abs(page.rect)
        covers = [
            abs(pymupdf.Rect(image["bbox"]) & page.rect) / area
            for image in page.get_image_info()
            if area
        ]
        return max(covers, default=0.0)

    def is_blank(self, box: Any) -> bool:
        """Whether nothing dark lies under a place."""
        if self._marks is None:
            self._marks = list(self._find())
        place = pymupdf.Rect(box)
        return not any(mark.intersects(place) for mark in self._marks)

    def _find(self) -> Iterator[Any]:
        for image in self._page.get_image_info():
            yield pymupdf.Rect(image["bbox"])
        for drawing in self._page.get_drawings():
            fill = drawing.get("fill")
            if fill is not None and min(fill) * 255 < _WHITE:
                yield drawing["rect"]
