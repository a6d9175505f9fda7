"""Photographs of paper, from a phone's camera roll: PNG and JPEG, read by Tesseract."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from PIL import Image, ImageOps

from ingest.blocks import BlockKind, Extraction, Page, Writer
from ingest.errors import Damaged, Excessive, NeedsOcr
from ingest.extract import ocr, pages
from ingest.extract.job import Job
from ingest.sniff import Kind, sniff

#: More is not needed to read a page, and takes longer.
_LONGEST_SIDE = 3500

_FORMATS = {Kind.PNG: "PNG", Kind.JPEG: "JPEG"}


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a picture.

    Raises:
        NeedsOcr: If this machine cannot.
        Damaged, Excessive: If it cannot be opened, or has too many dots.
    """
    kind = sniff(path, job.name, job.limits)
    reader = ocr.find(job.limits)
    if reader is None:
        raise NeedsOcr
    shown = _opened(path, _FORMATS[kind])
    read = reader.read(lambda to: shown.save(to, "PNG"), 1.0)
    writer = Writer(job.limits.max_chars)
    if read is None:
        raise Excessive(f"{job.limits.ocr_seconds} seconds for reading pictures")
    for _, lines in groupby(read.lines, lambda line: line.block):
        writer.add(BlockKind.PARAGRAPH, pages.join([one.text for one in lines]), Page(1))
    if read.lines:
        pages.note_ocr(writer, 1, read.confidence)
    return writer.extraction(kind.value, units=1, engine="tesseract")


def _opened(path: Path, format_: str) -> Image.Image:
    """Return a picture as it was held, in grey and no larger than is of use."""
    limit = f"{ocr.MAX_DOTS * 4 // 10**6} million dots"
    try:
        with Image.open(path, formats=(format_,)) as found:
            if found.width * found.height > ocr.MAX_DOTS * 4:
                raise Excessive(limit)
            found.draft("L", (_LONGEST_SIDE, _LONGEST_SIDE))
            made = ImageOps.exif_transpose(found).convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise Excessive(limit) from exc
    except (OSError, SyntaxError, ValueError) as exc:
        raise Damaged from exc
    made.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    return made
