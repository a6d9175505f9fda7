"""How the stand-in turns what people said into what it says."""

from __future__ import annotations

import re

#: Proposals of one answer at most; the prompt allows one more.
MAX_PROPOSALS = 11

_MAX_QUOTE_WORDS = 24
_MAX_QUOTE_CHARACTERS = 160

_OPENING = re.compile(
    r"(?:i|we)\s+(?:(?:strongly|really|also)\s+)?(?:think|believe|feel|hope|say)\s+(?:that\s+)?"
    r"|(?:in my opinion|for me|please)\s*,?\s+",
    re.IGNORECASE,
)
_SKIPPED = " \t\n\"'“”„«»"


def as_statement(sentence: str) -> str:
    """Return a participant's sentence as the group's: ``I think that buses ...`` -> ``Buses ...``."""
    text = sentence.strip(_SKIPPED)
    text = text[found.end() :] if (found := _OPENING.match(text)) else text
    text = " ".join(text.split())[:900]
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?。！？" else ".")


def quote_of(sentence: str) -> str:
    """Return the beginning of a sentence, word for word."""
    words = list(re.finditer(r"\S+", sentence))[:_MAX_QUOTE_WORDS]
    return sentence[: words[-1].end()][:_MAX_QUOTE_CHARACTERS] if words else ""
