"""
Cutting text into sentences with exact offsets, in any script.

A sentence ends at ``. ! ? …`` and their relatives in other scripts when what follows is a space or the end, at
``。！？`` and ``।`` anywhere, and at a line break. Abbreviations and initials do not end one.

Source: Unicode UAX #29, sentence boundaries (the rules that matter for prose, not the whole annex).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ABBREVIATIONS = frozenset(
    """
    mr mrs ms dr prof st no nr vs etc e.g i.e cf al fig approx art sec para vol ed eds inc ltd co
    bzw z.b d.h usw vgl ca bsp abs sog m.e p.ej sr sra
    jan feb mar apr jun jul aug sept sep oct nov dec
    """.split()  # noqa: SIM905 - a list of 50 quoted words reads worse
)

_END = re.compile(
    r"(?P<line>\n+)"
    r"|(?P<wide>[。！？｡।॥։؟۔]+[”’\"'»)\]」』]*)"
    r"|(?P<dot>[.!?…‼⁇⁈⁉]+[”’\"'»)\]]*)(?=\s|$)"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """
    One sentence of a text.

    Attributes:
        text: Exactly the characters of ``[start, end)``; no space at its ends.
        start, end: Character offsets.
    """

    text: str
    start: int
    end: int


def split(text: str) -> list[Sentence]:
    """Return the sentences of a text in order; what lies between them is white space only."""
    found: list[Sentence] = []
    start = 0
    for match in _END.finditer(text):
        if match["dot"] and not _ends(text, start, match):
            continue
        end = match.start() if match["line"] else match.end()
        _add(found, text, start, end)
        start = match.end()
    _add(found, text, start, len(text))
    return found


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether a dot ends a sentence."""
    if match["dot"][0] != ".":
        return True
    words = text[start : match.start()].split()
    word = words[-1].lstrip("(\"'“‘«").lower() if words else ""
    after = text[match.end() :].lstrip()[:1]
    if word in _ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i"):
        return not after
    if word.isdigit() and len(word) <= 3 and len(words) == 1:
        return False  # "3. The third point": a number that counts, not a sentence
    return not after.islower()


def _add(found: list[Sentence], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    body = piece.strip()
    if any(character.isalnum() for character in body):
        found.append(Sentence(body, start + lead, start + lead + len(body)))
