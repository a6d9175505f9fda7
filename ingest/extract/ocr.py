"""
Reading text in pictures with Tesseract, if the machine has it: scanned pages, and photographs of paper.

It runs in the process that reads one file, so it has that one's limits and no network, and dies with it. What it reads
is said to be read so, and on which pages it was not sure. Only so much time goes into it: pages that are left are told.

Source: tesseract(1), TSV output; Smith, "An Overview of the Tesseract OCR Engine" (ICDAR 2007).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ingest.extract.lines import Line, PageLines
from ingest.limits import ExtractionLimits

#: Dots per inch that pages are drawn with; fewer where a page would have more dots than `MAX_DOTS`.
DPI = 300
MAX_DOTS = 25_000_000

#: A line read from a picture is set in this size, in points: heights of letters in scans make no headings.
_SIZE = 10.0


@dataclass(frozen=True, slots=True)
class Read:
    """What was read on a page. `confidence`: of 100, the mean over all words."""

    lines: tuple[Line, ...]
    confidence: float


class Ocr:
    """
    Reads the pictures of one file. Made by `find`.

    Args:
        seconds: How long all of them may take.
    """

    def __init__(self, program: str, languages: str, seconds: float) -> None:
        self._program = program
        self._languages = languages
        self._until = time.monotonic() + seconds

    def read(self, draw: Callable[[Path], None], scale: float) -> Read | None:
        """
        Return the lines of a picture; None if there is no time left.

        Args:
            draw: Writes it as PNG to a path.
            scale: Points of a dot: boxes are in points.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            return None
        with tempfile.TemporaryDirectory() as folder:
            picture = Path(folder) / "page.png"
            draw(picture)
            try:
                done = subprocess.run(
                    [self._program, str(picture), "stdout", "-l", self._languages, "tsv"],
                    env={**os.environ, "OMP_THREAD_LIMIT": "1"},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    timeout=left,
                )
            except subprocess.TimeoutExpired:
                return None
        words = list(_words(done.stdout.decode("utf-8", "replace"))) if done.returncode == 0 else []
        lines = tuple(_line(list(one), scale) for _, one in groupby(words, lambda word: word.line))
        sure = sum(word.confidence for word in words) / len(words) if words else 0.0
        return Read(lines, sure)


def find(limits: ExtractionLimits) -> Ocr | None:
    """Return what reads pictures here; None without Tesseract, or without a language of those that are wanted."""
    program = shutil.which("tesseract")
    if program is None or limits.ocr_languages == "none":
        return None
    listed = subprocess.run(
        [program, "--list-langs"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30
    )
    known = set(listed.stdout.decode("utf-8", "replace").split())
    wanted = [one for one in limits.ocr_languages.split("+") if one in known]
    return Ocr(program, "+".join(wanted), limits.ocr_seconds) if wanted else None


def read_scan(
    reader: Ocr | None, page: PageLines, draw: Callable[[Path, int], None], width: float
) -> None:
    """
    Put what can be read in the picture of a page in place of its lines, if it is one.

    Args:
        draw: Writes the page as PNG to a path, in so many dots per inch.
        width: Of the page, in points.
    """
    if reader is None or not page.is_scan:
        return
    dpi = dots_per_inch(width, page.height)
    read = reader.read(lambda to: draw(to, dpi), 72 / dpi)
    if read is not None and read.lines:
        page.lines = list(read.lines)
        page.ocr_confidence = read.confidence


def dots_per_inch(width: float, height: float) -> int:
    """Return how finely a page of this size in points is drawn."""
    inches = max(width * height, 1.0) / 72**2
    return int(min(DPI, (MAX_DOTS / inches) ** 0.5)) or 1


@dataclass(frozen=True, slots=True)
class _Word:
    """`line`: numbers of its block, paragraph and line. The box is in dots."""

    line: tuple[int, int, int]
    left: int
    top: int
    width: int
    height: int
    confidence: float
    text: str


def _words(table: str) -> Iterator[_Word]:
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            _, _, block, paragraph, line, _, left, top, width, height, sure, text = cells
            yield _Word(
                (int(block), int(paragraph), int(line)),
                int(left), int(top), int(width), int(height), float(sure), text.strip(),
            )  # fmt: skip


def _line(words: list[_Word], scale: float) -> Line:
    block, paragraph, _ = words[0].line
    left, top = min(one.left for one in words), min(one.top for one in words)
    right = max(one.left + one.width for one in words)
    bottom = max(one.top + one.height for one in words)
    box = (left * scale, top * scale, right * scale, bottom * scale)
    return Line(" ".join(one.text for one in words), box, _SIZE, block * 1000 + paragraph)
