"""A page of a PDF as a picture, with passages marked. Runs in the process of `ingest.worker` only."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.errors import Damaged

Box = tuple[float, float, float, float]
Pixels = NDArray[np.uint8]

#: Enough to read by; a poster becomes no larger than this either.
WIDTH, HEIGHT = 1100, 2400

_MAX_SCALE = 4.0

#: What marked paper keeps of red, green and blue: black letters stay black.
_MARK = np.array([1.0, 0.93, 0.62])
_EDGE = np.array([154, 96, 10], np.uint8)
_EDGE_PIXELS = 3


def picture(path: Path, number: int, boxes: Sequence[Box], engine: str) -> bytes:
    """
    Return a page as PNG.

    Args:
        number: From one.
        boxes: What to mark: left, top, right, bottom in points from the page's top left.

    Raises:
        Damaged: If there is no such page, or it cannot be drawn.
    """
    draw = {"pymupdf": _with_pymupdf, "pypdfium2": _with_pdfium}[engine]
    pixels, marks = draw(path, number, boxes)
    for box in marks:
        _mark(pixels, box)
    return png(pixels)


def png(pixels: Pixels) -> bytes:
    """
    Return ``uint8[height, width, 3]`` as PNG.

    Source: Portable Network Graphics (PNG) Specification, Third Edition, 5 and 7.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + width * 3), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = pixels.reshape(height, width * 3)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _with_pymupdf(path: Path, number: int, boxes: Sequence[Box]) -> tuple[Pixels, list[Box]]:
    from ingest.extract.pdf import pymupdf  # as it is set up there

    with pymupdf.open(path, filetype="pdf") as document:
        if document.needs_pass or not 1 <= number <= document.page_count:
            raise Damaged
        page = document[number - 1]
        scale = _scale(page.rect.width, page.rect.height)
        drawn = page.get_pixmap(
            matrix=pymupdf.Matrix(scale, scale), alpha=False, colorspace=pymupdf.csRGB
        )
        lines = np.frombuffer(drawn.samples, np.uint8).reshape(drawn.height, drawn.stride)
        pixels = lines[:, : drawn.width * 3].reshape(drawn.height, drawn.width, 3).copy()
        turned = [pymupdf.Rect(box) * page.rotation_matrix for box in boxes]
        return pixels, [_scaled(tuple(box), scale) for box in turned]


def _with_pdfium(path: Path, number: int, boxes: Sequence[Box]) -> tuple[Pixels, list[Box]]:
    pypdfium2: Any = import_module("pypdfium2")  # has no types
    try:
        document = pypdfium2.PdfDocument(path)
        if not 1 <= number <= len(document):
            raise Damaged
        page = document[number - 1]
        scale = _scale(*page.get_size())
        drawn = page.render(scale=scale, rev_byteorder=True).to_numpy()
    except pypdfium2.PdfiumError as exc:
        raise Damaged from exc
    return np.ascontiguousarray(drawn[:, :, :3]), [_scaled(box, scale) for box in boxes]


def _scale(width: float, height: float) -> float:
    if width <= 0 or height <= 0:
        raise Damaged
    return min(WIDTH / width, HEIGHT / height, _MAX_SCALE)


def _scaled(box: Any, scale: float) -> Box:
    left, top, right, bottom = (float(value) * scale for value in box)
    return left, top, right, bottom


def _mark(pixels: Pixels, box: Box) -> None:
    """Tint a place and draw a line at its left, so that it is seen without colours too."""
    height, width, _ = pixels.shape
    left, right = (round(min(max(at, 0), width)) for at in (box[0] - 4, box[2] + 4))
    top, bottom = (round(min(max(at, 0), height)) for at in (box[1] - 2, box[3] + 2))
    place = pixels[top:bottom, left:right]
    place[:] = (place * _MARK).astype(np.uint8)
    pixels[top:bottom, max(left - _EDGE_PIXELS, 0) : left] = _EDGE
