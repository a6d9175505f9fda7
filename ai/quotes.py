"""
Checking quotes word for word.

A quote counts if its words stand in the input, in their order, without anything between them but white space.
Letters are compared after NFKC; typographic quotation marks, dashes and case of the first letter are forgiven,
because models change them; nothing else is. What is shown is always the input's own characters.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_FOLD = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip

_WORD = re.compile(r"[^\W_]+")

#: A sentence may not repeat more words than this in a row of an input that must not be quoted.
MAX_UNQUOTABLE_WORDS = 5

#: Fewer words than this prove nothing, unless they are the whole input.
MIN_QUOTE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote stands. `text`: the input's characters of ``[start, end)``."""

    start: int
    end: int
    text: str


def find(quote: str, text: str) -> Found | None:
    """Return where an input says this, None if it does not."""
    wanted, _ = _normalised(quote.strip().strip("\"'“”„«»").strip())
    whole, places = _normalised(text)
    wanted = wanted.strip()
    if not wanted or not _is_enough(wanted, whole):
        return None
    at = _find_at_word(whole, wanted)
    if at is None and wanted[0].isalpha():
        other = wanted[0].swapcase() + wanted[1:]
        at = _find_at_word(whole, other)
    if at is None:
        return None
    start, end = places[at], places[at + len(wanted) - 1] + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return Found(start, end, text[start:end])


def repeats(sentence: str, text: str, *, more_than: int = MAX_UNQUOTABLE_WORDS) -> bool:
    """Whether a sentence takes over more than so many words in a row from a text."""
    words, source = _words(sentence), _words(text)
    run = more_than + 1
    known = {tuple(source[at : at + run]) for at in range(len(source) - run + 1)}
    return any(tuple(words[at : at + run]) in known for at in range(len(words) - run + 1))


def _is_enough(wanted: str, whole: str) -> bool:
    return len(_WORD.findall(wanted)) >= MIN_QUOTE_WORDS or not wanted.isascii() or wanted == whole


def _find_at_word(whole: str, wanted: str) -> int | None:
    """Find text that neither begins nor ends inside a word."""
    at = whole.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        begins = at == 0 or not (whole[at - 1].isalnum() and wanted[0].isalnum())
        ends = end == len(whole) or not (whole[end].isalnum() and wanted[-1].isalnum())
        if (begins and ends) or not wanted.isascii():
            return at
        at = whole.find(wanted, at + 1)
    return None


def _normalised(text: str) -> tuple[str, list[int]]:
    """Return text in the form that is compared, and for each of its characters the original offset."""
    out: list[str] = []
    places: list[int] = []
    for offset, character in enumerate(text):
        if character.isspace():
            if out and out[-1] != " ":
                out.append(" ")
                places.append(offset)
            continue
        if unicodedata.category(character) == "Cf":  # zero-width and bidi marks change nothing
            continue
        for folded in unicodedata.normalize("NFKC", character).translate(_FOLD):
            out.append(folded)
            places.append(offset)
    composed = unicodedata.normalize("NFC", "".join(out))
    if composed == "".join(out):
        return composed, places
    return _composed(out, places)


def _composed(characters: list[str], places: list[int]) -> tuple[str, list[int]]:
    """Join letters with the marks that follow them, keeping the letter's offset."""
    out: list[str] = []
    kept: list[int] = []
    for character, place in zip(characters, places, strict=True):
        if out and unicodedata.combining(character):
            joined = unicodedata.normalize("NFC", out[-1] + character)
            if len(joined) == 1:
                out[-1] = joined
                continue
        out.append(character)
        kept.append(place)
    return "".join(out), kept


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(unicodedata.normalize("NFKC", text))]
