"""
Text that says what it shows.

Zero-width characters, bidirectional controls, tags and fillers let a text read one way to people and another way to a
model or a comparison. They are taken out wherever words go from one to the other.
"""

from __future__ import annotations

import unicodedata

#: Joiners that some scripts and emoji need. They show nothing by themselves, so comparisons ignore them.
JOINERS = "\u200c\u200d"

#: Category Cf, and yet drawn: number signs and other marks that enclose what follows.
_DRAWN = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)

#: Drawn as nothing, and yet letters or marks by category.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co"})


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing and is no white space."""
    if character.isascii():
        return not character.isprintable() and not character.isspace()
    if character in _DRAWN or character.isspace():
        return False
    if character in _BLANK or "\U000e0100" <= character <= "\U000e01ef":  # variation selectors
        return True
    return unicodedata.category(character) in _CATEGORIES


class _Shown(dict[int, int | None]):
    """What becomes of characters, looked up once: a round goes over the same texts some dozens of times."""

    def __missing__(self, code: int) -> int | None:
        one = chr(code)
        found = None if one not in JOINERS and is_invisible(one) else code
        if len(self) < _MOST_LOOKED_UP:
            self[code] = found
        return found


#: All of Unicode, which somebody could write, would be 100 MB.
_MOST_LOOKED_UP = 20_000

_SHOWN = _Shown()


def visible(text: str) -> str:
    """Return text without invisible characters; joiners and line breaks stay."""
    return text if text.isascii() and text.isprintable() else text.translate(_SHOWN)


def one_line(text: str) -> str:
    """Return visible text on one line."""
    return " ".join(visible(text).split())
