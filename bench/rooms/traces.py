"""
Two recordings of one author at work, made here: a document of 271 kB after 260,000 single edits (W4), and the
first 10,000 of these edits one by one (W6). The same bytes on every machine.
"""

from __future__ import annotations

import random
import struct
import sys
from pathlib import Path

from pycrdt import Doc, Text

from collab.document import STATEMENT

_FOLDER = Path(__file__).parent.parent / "results"
_EDITS = 260_000
_LOGGED = 10_000
_AUTHOR = 4711

#: About what a server sends to somebody new after `log`.
LOG_STATE_BYTES = 9_000


def document() -> Path:
    """Return the file with the document as one update, after its length (u32, little-endian)."""
    return _made("document.updates")


def log() -> Path:
    """Return the file of single updates, each after its length."""
    return _made("log.updates")


def _made(name: str) -> Path:
    path = _FOLDER / name
    if not path.exists():
        print("recording 260,000 edits, half a minute, once", file=sys.stderr)
        _FOLDER.mkdir(exist_ok=True)
        _record()
    return path


def _record() -> None:
    dice = random.Random(7)
    doc = Doc(client_id=_AUTHOR)
    text = doc.get(STATEMENT, type=Text)
    updates: list[bytes] = []
    subscription = doc.observe(lambda event: updates.append(event.update))
    edits = length = at = 0
    while edits < _EDITS:
        if dice.random() < 0.35 and length:
            at = dice.randint(0, length)
        typing = dice.random() < 0.62 or length < 100
        run = dice.randint(5, 80) if typing else min(dice.randint(3, 50), at)
        for _ in range(run):
            if typing:
                text.insert(at, dice.choice("etaoin shrdlu"))
                at += 1
            else:
                at -= 1
                del text[at : at + 1]
            length += 1 if typing else -1
        edits += run
    doc.unobserve(subscription)
    _write(_FOLDER / "document.updates", [doc.get_update()])
    _write(_FOLDER / "log.updates", updates[:_LOGGED])


def _write(path: Path, updates: list[bytes]) -> None:
    path.write_bytes(b"".join(struct.pack("<I", len(one)) + one for one in updates))
