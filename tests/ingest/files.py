"""Files for the tests, made by code: good ones as programs write them, and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ingest.blocks import Extraction
from ingest.extract import extractor
from ingest.extract.job import Job
from ingest.limits import ExtractionLimits
from ingest.sniff import sniff

LIMITS = ExtractionLimits()

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
DOCX_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def keep(folder: Path, name: str, data: bytes | str) -> Path:
    """Write a file; return where it is."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, limits: ExtractionLimits = LIMITS) -> Extraction:
    """Extract a file in this process, and check what every extraction promises."""
    kind = sniff(path, path.name, limits)
    found = extractor(kind, limits.pdf_engine)(path, Job(path.name, limits))
    check(found)
    return found


def check(found: Extraction) -> None:
    """Blocks are in order, hold no space at their ends, and only white space lies between them."""
    at = 0
    for block in found.blocks:
        assert found.text[at : block.start].strip() == ""
        assert block.start < block.end
        words = found.text[block.start : block.end]
        assert words.strip() == words
        at = block.end
    assert at == len(found.text)


def texts(found: Extraction) -> list[tuple[str, str]]:
    """Return the blocks as (kind, text)."""
    return [(one.kind.value, found.text[one.start : one.end]) for one in found.blocks]


def zipped(members: Mapping[str, bytes | str], *, stored: bool = False) -> bytes:
    """Return a zip file, always the same bytes: tests are named by them."""
    made = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(made, "w", method) as file:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = method
            file.writestr(entry, data)
    return made.getvalue()


def types(main: str = DOCX_MAIN) -> str:
    """Return a [Content_Types].xml."""
    return (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
    )


def docx(body: str, **parts: str) -> bytes:
    """Return a Word document of this XML; further parts by their names in word/."""
    members = {
        "[Content_Types].xml": types(),
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
    }
    members |= {
        f"word/{name}.xml": f'<w:{name} xmlns:w="{W}">{xml}</w:{name}>'
        for name, xml in parts.items()
    }
    return zipped(members)


def paragraph(text: str, properties: str = "") -> str:
    """Return the XML of a paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(content: bytes, *, filters: bytes = b"", pages: int = 1, extra: bytes = b"") -> bytes:
    """Return a PDF whose pages all have this content stream."""
    kids = b" ".join(b"%d 0 R" % (number + 5) for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
        b"<</Length %d%s>>stream\n" % (len(content), filters) + content + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ] + [
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 3 0 R"
        b"/Resources<</Font<</F 4 0 R>>%s>>>>" % extra
    ] * pages
    made, offsets = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        offsets.append(len(made))
        made += b"%d 0 obj" % number + one + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % one for one in offsets)
    return made + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1, table, len(objects) + 1, len(made),
    )  # fmt: skip


def line(text: str, x: int = 72, y: int = 700, size: int = 12, before: str = "") -> bytes:
    """Return the PDF operators that set a line."""
    return f"q {before} BT /F {size} Tf {x} {y} Td ({text}) Tj ET Q\n".encode("latin-1")


def flate_bomb(millions: int) -> bytes:
    """Return a PDF of some kB with a content stream of so many MB, packed twice."""
    squeeze = zlib.compressobj(9)
    piece = line("A" * 20) * 20_000
    packed = (
        b"".join(squeeze.compress(piece) for _ in range(millions * 1_000_000 // len(piece)))
        + squeeze.flush()
    )
    return pdf(zlib.compress(packed, 9), filters=b"/Filter[/FlateDecode/FlateDecode]")


def zip_bomb(millions: int) -> bytes:
    """Return a Word document that unpacks to so many MB of paragraphs."""
    return docx((paragraph("A" * 20) * 20_000) * (millions // 2))


def compound(*names: str) -> bytes:
    """Return the beginning of an old office file with these streams in its directory."""
    header = (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHH", 0x3E, 3, 0xFFFE, 9)
    )
    header = header.ljust(44, b"\0") + struct.pack("<II", 1, 1)
    header = header.ljust(76, b"\0") + struct.pack("<I", 0) + b"\xff" * 432
    table = struct.pack("<II", 0xFFFFFFFD, 0xFFFFFFFE).ljust(512, b"\xff")
    entries = b""
    for name in ("Root Entry", *names):
        raw = (name + "\0").encode("utf-16-le")
        entries += raw.ljust(64, b"\0") + struct.pack("<H", len(raw)) + bytes(62)
    return header + table + entries.ljust(512, b"\0")


def presentation(path: Path, build: Callable[[Any], None]) -> Path:
    """Write a presentation that `build` has put together."""
    from pptx import Presentation

    made = Presentation()
    build(made)
    made.save(str(path))
    return path


def workbook(path: Path, build: Callable[[Any], None]) -> Path:
    """Write a workbook that `build` has put together."""
    from openpyxl import Workbook

    made = Workbook()
    build(made)
    made.save(path)
    return path
