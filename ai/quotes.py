"""
Checking quotes word for word, and that what must not be quoted is not repeated.

A quote counts if its words stand in the input, in their order, without anything between them but white space.
Letters are compared after NFKC; typographic quotation marks, dashes and case of the first letter are forgiven,
because models change them, and so are characters nobody sees; nothing else is. What is shown is always the input's own
characters.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ai.visible import JOINERS, is_invisible

_FOLD = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'",
        "“": '"', "”": '"', "„": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    }
)  # fmt: skip

#: A sentence may not repeat more words than this in a row of a text that must not be quoted.
MAX_UNQUOTABLE_WORDS = 5

#: Fewer words than this prove nothing, unless they are the whole input.
MIN_QUOTE_WORDS = 3

#: Scripts without spaces between words, and what share of a word one of their characters is.
_UNSPACED = (
    ("\u3005", "\u3007", 0.5), ("\u3040", "\u30ff", 0.5), ("\u31f0", "\u31ff", 0.5),
    ("\u3400", "\u4dbf", 0.5), ("\u4e00", "\u9fff", 0.5), ("\uf900", "\ufaff", 0.5),
    ("\U00020000", "\U0003ffff", 0.5),
    ("\u0e00", "\u0eff", 0.25), ("\u1000", "\u109f", 0.25), ("\u1780", "\u17ff", 0.25),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote stands. `text`: the input's characters of ``[start, end)``."""

    start: int
    end: int
    text: str


class Source:
    """A text that is quoted, prepared once for many quotes."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._whole, self._places = _normalised(text)

    def find(self, quote: str) -> Found | None:
        """Return where the text says this, None if it does not."""
        wanted, _ = _normalised(quote.strip().strip("\"'“”„«»").strip())
        wanted = wanted.strip()
        if not wanted or not self._is_enough(wanted):
            return None
        at = self._find_at_word(wanted)
        if at is None and wanted[0].isalpha():
            at = self._find_at_word(wanted[0].swapcase() + wanted[1:])
        if at is None:
            return None
        start, end = self._places[at], self._places[at + len(wanted) - 1] + 1
        while end < len(self._text) and unicodedata.combining(self._text[end]):
            end += 1
        return Found(start, end, self._text[start:end])

    def _is_enough(self, wanted: str) -> bool:
        words = list(_words(wanted))
        return _weight(words) >= MIN_QUOTE_WORDS or (
            bool(words) and words == list(_words(self._whole))
        )

    def _find_at_word(self, wanted: str) -> int | None:
        """Find text that neither begins nor ends inside a word."""
        at = self._whole.find(wanted)
        while at >= 0:
            end = at + len(wanted)
            if not (self._inside_a_word(at) or self._inside_a_word(end)):
                return at
            at = self._whole.find(wanted, at + 1)
        return None

    def _inside_a_word(self, at: int) -> bool:
        if not 0 < at < len(self._whole):
            return False
        before, after = self._whole[at - 1], self._whole[at]
        return (
            _is_of_a_word(before)
            and _is_of_a_word(after)
            and not (_share(before) < 1 or _share(after) < 1)
        )


def find(quote: str, text: str) -> Found | None:
    """Return where an input says this, None if it does not."""
    return Source(text).find(quote)


class Withheld:
    """
    Texts whose words must not be repeated: more than a few in a row, or all of a short one.

    Args:
        texts: What their authors do not allow to be quoted.
        public: Texts everybody may read. What stands there as well is no secret.
    """

    def __init__(self, texts: Iterable[str], *, public: Iterable[str] = ()) -> None:
        self._runs: set[int] = set()
        self._short: dict[int, set[int]] = {}  # length in words -> whole texts
        for text in texts:
            words = list(_words(text))
            if _weight(words) > MAX_UNQUOTABLE_WORDS:
                self._runs.update(_runs(words))
            elif _weight(words) >= MIN_QUOTE_WORDS:
                self._short.setdefault(len(words), set()).add(hash(tuple(words)))
        if self._runs or self._short:
            for text in public:
                self._allow(list(_words(text)))

    def _allow(self, words: list[str]) -> None:
        self._runs.difference_update(_runs(words))
        for length, known in self._short.items():
            known.difference_update(_windows(words, length))

    def is_repeated_in(self, text: str) -> bool:
        """Whether a text takes over too much."""
        words = list(_words(text))
        return any(run in self._runs for run in _runs(words)) or any(
            not known.isdisjoint(_windows(words, length)) for length, known in self._short.items()
        )


def _windows(words: list[str], length: int) -> Iterator[int]:
    """Yield every run of so many words, as a hash."""
    return (hash(tuple(words[at : at + length])) for at in range(len(words) - length + 1))


def _runs(words: list[str]) -> Iterator[int]:
    """Yield for each word the shortest run from it that is too long to be repeated, as a hash."""
    end, weight = 0, 0.0
    for start, word in enumerate(words):
        while weight <= MAX_UNQUOTABLE_WORDS:
            if end == len(words):
                return
            weight += _share(words[end])
            end += 1
        yield hash(tuple(words[start:end]))
        weight -= _share(word)


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
        if character in JOINERS or is_invisible(character):
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


def _words(text: str) -> Iterator[str]:
    """Yield the words of a text; of scripts without spaces, the characters."""
    word = ""
    for character in unicodedata.normalize("NFKC", text).casefold():
        if character in JOINERS or is_invisible(character):
            continue
        belongs = _is_of_a_word(character)
        if belongs and _share(character) == 1:
            word += character
            continue
        if word:
            yield word
            word = ""
        if belongs:
            yield character
    if word:
        yield word


def _is_of_a_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")


def _weight(words: list[str]) -> float:
    return sum(map(_share, words))


def _share(word: str) -> float:
    """Return how much of a word this is, as `_words` yields it."""
    if word[0] < "\u0e00":
        return 1
    return next((share for first, last, share in _UNSPACED if first <= word[0] <= last), 1)
