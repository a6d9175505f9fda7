from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from ingest.errors import Damaged
from ingest.extract.pageimage import HEIGHT, WIDTH, picture, png
from tests.ingest.files import keep, line, pdf

ENGINES = ("pymupdf", "pypdfium2")


def pixels_of(data: bytes) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Read a PNG as `png` writes it."""
    width, height = struct.unpack(">II", data[16:24])
    at, packed = 8, b""
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        packed += body if kind == b"IDAT" else b""
        at += 12 + length
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * 3)
    assert not lines[:, 0].any()
    return lines[:, 1:].reshape(height, width, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_is_drawn_and_its_passage_marked_where_it_stands(
    tmp_path: Path, engine: str
) -> None:
    path = keep(tmp_path, "a.pdf", pdf(line("The harbour grows.", x=100, y=700), pages=2))
    plain = pixels_of(picture(path, 2, [], engine))
    scale = WIDTH / 600
    assert plain.shape == (round(800 * scale), WIDTH, 3)
    assert np.count_nonzero(plain == 255) > 0.9 * plain.size
    box = (100.0, 90.0, 200.0, 103.0)  # the text stands 100 points below the top
    marked = pixels_of(picture(path, 2, [box], engine))
    rows, columns = np.nonzero((plain != marked).any(axis=2))
    assert abs(rows.min() - 90 * scale) < 5
    assert abs(rows.max() - 103 * scale) < 5
    assert abs(columns.max() - 200 * scale) < 6
    letters = plain.max(axis=2) < 60
    assert letters[rows.min() : rows.max(), columns.min() : columns.max()].any()
    assert (marked[letters] < 60).all(), "letters stay as black as they were"


@pytest.mark.parametrize("engine", ENGINES)
def test_a_poster_is_no_larger_than_a_page_and_boxes_outside_do_no_harm(
    tmp_path: Path, engine: str
) -> None:
    data = pdf(line("Hello.")).replace(b"[0 0 600 800]", b"[0 0 9 14400]")
    path = keep(tmp_path, "a.pdf", data)
    drawn = pixels_of(picture(path, 1, [(-50, -50, 99999, 3), (9, 9, 1, 1)], engine))
    assert drawn.shape[0] <= HEIGHT
    assert drawn.shape[1] <= WIDTH


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_no_page_is_damaged(tmp_path: Path, engine: str) -> None:
    path = keep(tmp_path, "a.pdf", pdf(line("Hello.")))
    for number in (0, 2, -1):
        with pytest.raises(Damaged):
            picture(path, number, [], engine)


def test_a_picture_of_a_few_pixels_is_exact() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert (pixels_of(png(pixels)) == pixels).all()
