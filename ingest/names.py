"""File names from strangers: something to show, never a path."""

from __future__ import annotations

import re
import unicodedata

_MAX = 200
_PARTS = re.compile(r"[/\\]")


def clean_name(name: str) -> str:
    """
    Return the last part of a name without what does not show or shows something else.

    Control characters and marks that turn the direction of text are left out: ``gpj.exe`` must not look like
    ``exe.jpg``. What joins the letters of emoji and of Indic and Arabic words stays.
    """
    last = _PARTS.split(unicodedata.normalize("NFC", name))[-1]
    shown = " ".join("".join(one for one in last if _shows(one)).split()).strip(" .")
    stem, dot, ending = shown.rpartition(".")
    if len(shown) > _MAX:
        ending = ending[:20] if dot else ""
        shown = (stem or shown)[: _MAX - len(ending) - 1] + (f".{ending}" if ending else "")
    return shown or "document"


def _shows(character: str) -> bool:
    if character in "\u200c\u200d":
        return True
    return unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
