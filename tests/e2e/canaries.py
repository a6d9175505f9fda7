"""
Words that occur nowhere else, and a search for them in every byte of a folder.

What is stored is not always what was written: JSON escapes, UTF-16, full-text tables with stemmed words of which only
what differs from the one before is kept, archives and compressed streams in files. So single pieces of a canary are
looked for, in small letters, in everything, unpacked where something is packed.
"""

from __future__ import annotations

import io
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

#: Words nobody else writes. Two scripts, and letters that JSON escapes and full-text tables flatten.
WORDS = {
    "ana": "zwirbelkarfunkox",
    "edit": "quagmirtentakux",
    "accepted": "brimborquastilox",
    "paper": "schnurrfagottix",
    "slides": "plinkertorsowax",
    "hidden": "knistermolchabax",
    "name": "gurkelfalzomix",
}


def pieces(word: str) -> list[bytes]:
    """Return what a canary may be found by."""
    parts = [word[at : at + 7] for at in range(0, len(word) - 6, 3)]
    return [part.encode(code) for part in parts for code in ("utf-8", "utf-16-le", "utf-16-be")]


def found_in(folder: Path, *words: str) -> dict[str, set[str]]:
    """Return the files that hold a canary, by canary."""
    found: dict[str, set[str]] = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        named = path.name.lower().encode()
        held = [named, *(one.lower() for one in _unpacked(path.read_bytes()))]
        for word in words:
            if any(piece in data for piece in pieces(word) for data in held):
                found.setdefault(word, set()).add(str(path.relative_to(folder)))
    return found


def tables_with(path: Path, *words: str) -> set[str]:
    """Return the tables of a SQLite file, those of its indexes too, that hold a canary."""
    wanted = [piece for word in words for piece in pieces(word)]
    found = set()
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        tables = database.execute("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE TABLE%'")
        for (name,) in tables.fetchall():
            for row in database.execute(f'SELECT * FROM "{name}"'):
                cells = [one if isinstance(one, bytes) else str(one).encode() for one in row]
                if any(piece in cell.lower() for cell in cells for piece in wanted):
                    found.add(str(name))
                    break
    return found


def _unpacked(data: bytes) -> Iterator[bytes]:
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name)
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):  # zlib streams, wherever they are
        try:
            yield zlib.decompressobj().decompress(data[start.start() : start.start() + 1_000_000])
        except zlib.error:
            continue
