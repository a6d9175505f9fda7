"""
PDF to passages: 320 pages beside markitdown, and 800 pages that are 500 MB.

markitdown has a virtual environment of its own, made under /tmp at the first run; its imports are not counted, the
start of our process that reads one file is.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pymupdf

from ingest.chunks import split
from ingest.errors import Excessive
from ingest.extraction import Extractor

PEER = Path("/tmp/accord-bench-markitdown")

MIB = 2**20

_PEER = """
import json, resource, sys, time
from markitdown import MarkItDown
reader = MarkItDown()
started = time.monotonic()
text = reader.convert(sys.argv[1]).text_content
took = time.monotonic() - started
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": took, "memory": memory, "characters": len(text)}))
"""

WORDS = [
    "harbour",
    "ferry",
    "market",
    "council",
    "quiet",
    "basin",
    "ships",
    "pier",
    "winter",
    "budget",
    "tide",
]


@dataclass(slots=True)
class Read:
    """What reading a file took. `memory`: of the process that read it, at its highest."""

    seconds: float
    memory: int
    found: int


def make_report(path: Path, pages: int) -> None:
    """Write a report: an outline, headings, repeated headers, pages of text."""
    chance = random.Random(1)
    document = pymupdf.open()
    outline = []
    for number in range(1, pages + 1):
        page = document.new_page()
        page.insert_text((72, 40), "Harbour report", fontsize=8)
        if number % 8 == 1:
            page.insert_text((72, 80), f"Chapter {number // 8 + 1}", fontsize=18)
            outline.append([1, f"Chapter {number // 8 + 1}", number])
        for line in range(42):
            words = " ".join(chance.choices(WORDS, k=11)).capitalize()
            page.insert_text((72, 110 + line * 15), f"{words}.", fontsize=10)
        page.insert_text((290, 800), str(number), fontsize=8)
    document.set_toc(outline)
    document.save(path)


def make_heavy(path: Path, pages: int, size: int) -> None:
    """Write a file of so many pages and bytes: each page has a line and a picture of noise."""
    width = int((size / pages / 3) ** 0.5)
    noise = os.urandom(width * width * 3)
    offsets = [0]
    with path.open("wb") as file:

        def put(number: int, head: str, body: bytes = b"") -> None:
            offsets.append(file.tell())
            file.write(f"{number} 0 obj\n{head}\n".encode())
            if body:
                file.write(b"stream\n" + body + b"\nendstream\n")
            file.write(b"endobj\n")

        file.write(b"%PDF-1.4\n")
        kids = " ".join(f"{4 + 3 * at} 0 R" for at in range(pages))
        put(1, "<< /Type /Catalog /Pages 2 0 R >>")
        put(2, f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>")
        put(3, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
        for at in range(pages):
            first = 4 + 3 * at
            text = f"BT /F 12 Tf 72 720 Td (Page {at + 1} shows the harbour at noon.) Tj ET "
            drawn = (text + "q 300 0 0 300 72 300 cm /I Do Q").encode()
            image = bytes((one ^ (at & 255)) for one in noise[:64]) + noise[64:]
            put(first, f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {first + 1} 0 R /Resources << /Font << /F 3 0 R >> /XObject << /I {first + 2} 0 R >> >> >>")  # fmt: skip  # noqa: E501
            put(first + 1, f"<< /Length {len(drawn)} >>", drawn)
            put(first + 2, f"<< /Type /XObject /Subtype /Image /Width {width} /Height {width} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length {len(image)} >>", image)  # fmt: skip  # noqa: E501
        start = file.tell()
        file.write(f"xref\n0 {len(offsets)}\n0000000000 65535 f \n".encode())
        for offset in offsets[1:]:
            file.write(f"{offset:010d} 00000 n \n".encode())
        trailer = f"trailer\n<< /Size {len(offsets)} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
        file.write(trailer.encode())


def read(path: Path) -> Read:
    """Read a file as the server does, in a process of its own, and cut it into passages."""
    highest = 0
    stop = threading.Event()
    me = psutil.Process()

    def watch() -> None:
        nonlocal highest
        while not stop.wait(0.005):
            for child in me.children():
                try:
                    highest = max(highest, child.memory_info().rss)
                except psutil.NoSuchProcess:
                    continue

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.monotonic()
    try:
        found = split(asyncio.run(Extractor().extract(path, path.name)))
    finally:
        took = time.monotonic() - started
        stop.set()
        watching.join()
    return Read(took, highest, len(found))


def read_by_peer(path: Path) -> Read:
    """Read it with markitdown."""
    python = PEER / "bin" / "python"
    whole = PEER / "installed"  # an installation that was broken off begins anew
    if not whole.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PEER)], check=True)
        line = [str(python), "-m", "pip", "install", "--quiet", "markitdown[pdf]==0.1.9"]
        subprocess.run(line, check=True)
        whole.touch()
    line = [str(python), "-c", _PEER, str(path)]
    done = subprocess.run(line, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    return Read(found["seconds"], found["memory"], found["characters"])


def rows(turns: int, *, heavy: bool = True) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the table."""
    with tempfile.TemporaryDirectory(prefix="accord-reading-") as name:
        path = Path(name) / "report.pdf"
        make_report(path, 320)
        ours, theirs = [], []
        for _ in range(turns):
            ours.append(read(path))
            theirs.append(read_by_peer(path))
        mine = statistics.median(one.seconds for one in ours)
        peer = statistics.median(one.seconds for one in theirs)
        shown = f"{mine:.2f} s, {ours[0].found} passages"
        yield f"PDF of 320 pages to passages, median of {turns}", shown, "1.5 s"
        shown = f"{peer:.1f} s: {peer / mine:.0f} times as long"
        yield "the same to Markdown by markitdown, by turns", shown, "30 times"
        memory, other = (max(one.memory for one in some) / MIB for some in (ours, theirs))
        yield "memory of the process that reads it", f"{memory:.0f} MiB (markitdown {other:.0f})", "200 MB"  # fmt: skip
        if heavy:
            path = Path(name) / "heavy.pdf"
            make_heavy(path, 800, 500_000_000)
            title = f"PDF of 800 pages and {path.stat().st_size / 1e6:.0f} MB to passages"
            try:
                found = read(path)
                shown = (
                    f"{found.seconds:.1f} s, {found.found} passages, {found.memory / MIB:.0f} MiB"
                )
            except Excessive as exc:
                shown = f"refused: {exc.limit}"
            yield title, shown, "within the limits, or refused by name"
