"""`ingest.extract.picture` with the real Tesseract: photographs of paper."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from ingest.blocks import Page
from ingest.errors import Damaged, Excessive, NeedsOcr
from ingest.extraction import Extractor
from tests.ingest.files import LIMITS, keep, read
from tests.ingest.scans import LINES, encoded, need_tesseract, picture


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
async def test_a_photograph_of_a_page_is_read(tmp_path: Path, format_: str) -> None:
    need_tesseract()
    path = keep(tmp_path, "IMG_1", encoded(picture(*LINES), format_))
    found = await Extractor().extract(path, "IMG_1.jpg")
    assert found.text == " ".join(LINES)
    assert (found.kind, found.units) == (format_.lower(), 1)
    assert found.blocks[0].anchor == Page(1)
    assert [one.what for one in found.notes] == ["ocr-text"]


def test_a_photograph_held_sideways_is_turned(tmp_path: Path) -> None:
    """A phone writes the picture as its sensor saw it, and beside it how it was held."""
    need_tesseract()
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = picture(*LINES).rotate(90, expand=True)
    found = read(keep(tmp_path, "a.jpg", encoded(turned, "JPEG", exif=exif)))
    assert found.text == " ".join(LINES)


def test_without_tesseract_people_are_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NeedsOcr, match="Upload the document itself"):
        read(keep(tmp_path, "a.png", encoded(picture(*LINES), "PNG")))


def test_a_picture_of_billions_of_dots_is_refused_unopened(tmp_path: Path) -> None:
    need_tesseract()

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    bomb = zlib.compress(bytes(10_000_000), 9)
    data = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", bomb) + chunk(b"IEND", b"")
    )
    with pytest.raises(Excessive, match="million dots"):
        read(keep(tmp_path, "a.png", data))


def test_a_cut_off_picture_is_damaged(tmp_path: Path) -> None:
    need_tesseract()
    for format_ in ("PNG", "JPEG"):
        data = encoded(picture(*LINES), format_)
        for part in (data[: len(data) // 2], data[:20]):
            with pytest.raises(Damaged):
                read(keep(tmp_path, "a", part))


def test_no_time_is_said(tmp_path: Path) -> None:
    need_tesseract()
    with pytest.raises(Excessive, match="seconds for reading pictures"):
        read(
            keep(tmp_path, "a.png", encoded(picture("A"), "PNG")), replace(LIMITS, ocr_seconds=0.0)
        )
