"""
What a proposal may not carry, whoever wrote it: links, pictures, markup and mentions that none of its sources has.

A text that talks a model into something would use it to take people elsewhere, or to call on somebody. What a cited
source says in its own words may be said; a reason may never.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Addresses, pictures and links of Markdown, tags, mentions. A mail address is no mention.
_CARRIED = re.compile(
    r"(?:https?|ftp|data|javascript|mailto|file)\s*:\S+"
    r"|(?<![\w@.-])(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|io|example|onion)\b(?:/\S*)?"
    r"|!\[[^\]]*\]|\]\([^)]*\)|\[\[[^\]]*\]\]"
    r"|</?[a-z!][^>]*>"
    r"|(?<![\w.@])@\w[\w-]*",
    re.IGNORECASE,
)


def carried(text: str, sources: Iterable[str] = ()) -> list[str]:
    """Return what a text carries that stands in none of these sources."""
    said = [source.casefold() for source in sources]
    found = (match[0] for match in _CARRIED.finditer(text))
    return [one for one in found if not any(one.casefold() in source for source in said)]
