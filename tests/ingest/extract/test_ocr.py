"""`ingest.extract.ocr` with the real Tesseract: pages of a PDF that are pictures. Photographs: `test_picture`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.blocks import Extraction, Page
from ingest.extract.ocr import MAX_DOTS, dots_per_inch, find
from ingest.extraction import Extractor
from tests.ingest.files import LIMITS, keep, read
from tests.ingest.scans import LINES, need_tesseract, picture, scanned_pdf


def _notes(found: Extraction) -> dict[str, tuple[int | str, ...]]:
    return {one.what: one.where for one in found.notes if one.what != "hidden-text-unchecked"}


@pytest.mark.parametrize("engine", ["pymupdf", "pypdfium2"])
async def test_a_scanned_page_is_read_where_it_stands_and_said_to_be(
    tmp_path: Path, engine: str
) -> None:
    need_tesseract()
    path = scanned_pdf(tmp_path / "a.pdf", "A page of text that needs no reading.", picture(*LINES))
    limits = replace(LIMITS, pdf_engine=engine)
    found = await Extractor(limits).extract(path, "a.pdf")
    assert found.text == "A page of text that needs no reading.\n\n" + " ".join(LINES)
    block = found.blocks[-1]
    assert isinstance(block.anchor, Page)
    assert block.anchor.number == 2
    assert block.anchor.box is not None
    left, top, right, bottom = block.anchor.box
    assert left == pytest.approx(80 * 595 / 1240, abs=3)
    assert 20 < top < bottom < 130
    assert right < 595
    assert _notes(found) == {"ocr-text": (2,)}


def test_what_is_read_without_being_sure_is_said_too(tmp_path: Path) -> None:
    need_tesseract()
    found = read(scanned_pdf(tmp_path / "a.pdf", picture(*LINES, blur=5.5)))
    assert "ocr-uncertain" in _notes(found) or _notes(found) == {"needs-ocr": (1,)}


@pytest.mark.parametrize(
    "limits",
    [
        replace(LIMITS, ocr_languages="none"),
        replace(LIMITS, ocr_languages="xyz"),
        replace(LIMITS, ocr_seconds=0.0),
    ],
    ids=["not wanted", "no such language", "no time"],
)
def test_what_is_not_read_is_said_to_need_it(tmp_path: Path, limits: object) -> None:
    need_tesseract()
    path = scanned_pdf(
        tmp_path / "a.pdf", "A page of text, and one that is a picture.", picture(*LINES)
    )
    found = read(path, limits)  # type: ignore[arg-type]
    assert _notes(found) == {"needs-ocr": (2,)}
    assert found.text == "A page of text, and one that is a picture."


def test_a_page_without_a_word_is_not_read(tmp_path: Path) -> None:
    need_tesseract()
    assert _notes(read(scanned_pdf(tmp_path / "a.pdf", picture("")))) == {"needs-ocr": (1,)}


def test_a_program_that_fails_or_hangs_harms_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scanned_pdf(tmp_path / "a.pdf", picture(*LINES))
    for script in ("exit 1", "sleep 60"):
        program = keep(
            tmp_path,
            "tesseract",
            f'#!/bin/sh\n[ "$1" = --list-langs ] && echo eng && exit\n{script}\n',
        )
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
        found = read(path, replace(LIMITS, ocr_seconds=1.0))
        assert _notes(found) == {"needs-ocr": (1,)}


def test_of_the_languages_that_are_wanted_those_that_are_there_are_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    need_tesseract()
    reader = find(replace(LIMITS, ocr_languages="xyz+eng"))
    assert reader is not None
    assert reader._languages == "eng"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find(LIMITS) is None


def test_a_huge_page_is_drawn_less_finely() -> None:
    assert dots_per_inch(595, 842) == 300
    huge = dots_per_inch(72 * 200, 72 * 200)
    assert (huge * 200) ** 2 <= MAX_DOTS
    assert dots_per_inch(72e6, 72e6) == 1
