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


def visible(text: str) -> str:
    """Return text without invisible characters; joiners and line breaks stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one for one in text if one in JOINERS or not is_invisible(one))


def one_line(text: str) -> str:
    """Return visible text on one line."""
    return " ".join(visible(text).split())
