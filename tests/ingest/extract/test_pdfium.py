"""The second engine; what both must do is in `test_pdf`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ingest.files import LIMITS, keep, line, pdf, read, texts

PDFIUM = replace(LIMITS, pdf_engine="pypdfium2")


def test_it_says_that_it_cannot_tell_hidden_text(tmp_path: Path) -> None:
    found = read(keep(tmp_path, "a.pdf", pdf(line("Hello"))), PDFIUM)
    assert [note.what for note in found.notes] == ["hidden-text-unchecked"]


def test_lines_under_each_other_are_a_paragraph_and_a_gap_ends_it(tmp_path: Path) -> None:
    lines = line("The harbour", y=700) + line("grows.", y=686) + line("So it does.", y=640)
    found = read(keep(tmp_path, "a.pdf", pdf(lines)), PDFIUM)
    assert texts(found) == [("paragraph", "The harbour grows."), ("paragraph", "So it does.")]


def test_letters_without_tails_are_as_high_as_letters_with(tmp_path: Path) -> None:
    lines = b"".join(line(text, y=700 - 14 * at) for at, text in enumerate(("aaa", "Agp", "nnn")))
    found = read(keep(tmp_path, "a.pdf", pdf(lines)), PDFIUM)
    assert texts(found) == [("paragraph", "aaa Agp nnn")]
