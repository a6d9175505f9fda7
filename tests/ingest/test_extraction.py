"""`ingest.extraction`: hostile files end their own process and nothing else."""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import (
    Damaged,
    Disguised,
    EmptyFile,
    Excessive,
    IngestError,
    NeedsOcr,
    NeedsOffice,
    NotAccepted,
    NoText,
    PasswordProtected,
)
from ingest.extraction import Extractor
from ingest.limits import ExtractionLimits
from tests.ingest.files import (
    LIMITS,
    check,
    compound,
    docx,
    flate_bomb,
    keep,
    line,
    paragraph,
    pdf,
    types,
    zip_bomb,
    zipped,
)

SMALL = ExtractionLimits(memory_bytes=700 * 1024**2, cpu_seconds=20, wall_seconds=60)

_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY l0 'lol'>"
    + "".join(f"<!ENTITY l{at} '{f'&l{at - 1};' * 10}'>" for at in range(1, 10))
    + "]><w:document xmlns:w='x'><w:body><w:p><w:r><w:t>&l9;</w:t></w:r></w:p></w:body></w:document>"
)
_XXE = (
    "<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    "<w:document xmlns:w='x'><w:body><w:p><w:r><w:t>x&f;</w:t></w:r></w:p></w:body></w:document>"
)


def _xml(text: str) -> bytes:
    return zipped({"[Content_Types].xml": types(), "word/document.xml": text})


def _locked_pdf() -> bytes:
    pymupdf: Any = import_module("pymupdf")  # untyped
    made = pymupdf.open(stream=pdf(line("Secret")), filetype="pdf")
    found: bytes = made.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="x", owner_pw="y")
    return found


HOSTILE: dict[str, tuple[bytes, type[IngestError], str]] = {
    "empty": (b"", EmptyFile, "empty"),
    "zip bomb": (zip_bomb(200), Excessive, "memory|unpacked|processor"),
    "billion laughs": (_xml(_LAUGHS), Damaged, "damaged"),
    "a file of ours by entity": (_xml(_XXE), Damaged, "damaged"),
    "decompression bomb in a PDF": (flate_bomb(500), Excessive, "memory|processor|text"),
    "pages in a circle": (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 999999999>>endobj\ntrailer<</Root 1 0 R>>",
        Damaged,
        "damaged",
    ),
    "password": (_locked_pdf(), PasswordProtected, "password"),
    "truncated": (docx(paragraph("Hello") * 1000)[:-100], Damaged, "cut off"),
    "picture called a document": (b"GIF89a" + bytes(99), NotAccepted, "a picture"),
    "photograph": (b"\x89PNG\r\n\x1a\n" + bytes(99), NeedsOcr, "This is a picture"),
    "polyglot": (pdf(line("x")) + zipped({"a": b"x"}), Disguised, "two kinds"),
    "nothing to read": (docx(""), NoText, "no text"),
    "old office": (compound("WordDocument"), NeedsOffice, "old office format"),
}


@pytest.fixture(autouse=True)
def no_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """These files need no LibreOffice and no Tesseract; what those say to them is their business."""
    kept = [
        one
        for one in os.environ["PATH"].split(":")
        if not (Path(one) / "soffice").exists() and not (Path(one) / "tesseract").exists()
    ]
    monkeypatch.setenv("PATH", ":".join(kept))


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_gets_its_own_error_and_the_next_one_is_read(
    tmp_path: Path, name: str
) -> None:
    data, error, words = HOSTILE[name]
    bad, good = keep(tmp_path, "bad", data), keep(tmp_path, "good.pdf", pdf(line("Hello")))
    extractor = Extractor(SMALL, at_once=1)
    with pytest.raises(error, match=words):
        await extractor.extract(bad, "report.pdf")
    assert (await extractor.extract(good, "good.pdf")).text == "Hello"


@pytest.mark.parametrize(("name", "data"), [("a.pdf", flate_bomb(500)), ("a.docx", zip_bomb(200))])
async def test_bombs_are_contained_with_the_other_engine_too(
    tmp_path: Path, name: str, data: bytes
) -> None:
    extractor = Extractor(replace(SMALL, pdf_engine="pypdfium2"))
    with pytest.raises((Excessive, Damaged)):
        await extractor.extract(keep(tmp_path, name, data), name)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a\x00b.txt",
        "line\nbreak.txt",
        "\u202etxt.exe",
        "x" * 5000,
        "",
        "🦊.txt",
    ],
)
async def test_odd_names_are_only_names(tmp_path: Path, name: str) -> None:
    found = await Extractor().extract(keep(tmp_path, "upload", b"Hello"), name)
    assert (found.text, found.kind) == ("Hello", "text")


async def test_time_is_limited(tmp_path: Path) -> None:
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    with pytest.raises(Excessive, match=r"0\.5 seconds"):
        await Extractor(replace(LIMITS, wall_seconds=0.5, ocr_seconds=0.0)).extract(fifo, "a.txt")


async def test_processor_time_is_limited(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.csv", ("a,b\n" * 3_000_000).encode())
    with pytest.raises(Excessive, match="1 seconds of processor time"):
        await Extractor(replace(LIMITS, cpu_seconds=1)).extract(path, "a.csv")


async def test_what_it_may_write_is_limited(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.txt", b"word " * 500_000)
    with pytest.raises(Excessive, match="1 MiB of text"):
        await Extractor(replace(LIMITS, output_bytes=1024**2)).extract(path, "a.txt")
    with pytest.raises(Excessive, match="1000 characters"):
        await Extractor(replace(LIMITS, max_chars=1000)).extract(path, "a.txt")


async def test_an_extraction_comes_back_whole_with_its_progress(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.pdf", pdf(line("Hello"), pages=20))
    told: list[float] = []
    found = await Extractor().extract(path, "a.pdf", told.append)
    check(found)
    assert found.units == len(found.blocks) == 20
    assert told == sorted(told)
    assert told[-1] == 1.0


async def test_only_so_many_at_once(tmp_path: Path) -> None:
    fifo = tmp_path / "never"
    os.mkfifo(fifo)
    extractor = Extractor(replace(LIMITS, wall_seconds=30), at_once=1)
    first = asyncio.create_task(extractor.extract(fifo, "a"))
    await asyncio.sleep(0)
    second = asyncio.create_task(extractor.extract(keep(tmp_path, "b.txt", b"Hello"), "b.txt"))
    done, _ = await asyncio.wait({first, second}, timeout=1.0)
    assert done == set()
    first.cancel()
    assert (await second).text == "Hello"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_nothing_is_left_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    await Extractor().extract(keep(tmp_path, "a.txt", b"Hello"), "a.txt")
    with pytest.raises(Damaged):
        await Extractor().extract(keep(tmp_path, "b.pdf", b"%PDF-1.4"), "b.pdf")
    assert list(folder.iterdir()) == []
