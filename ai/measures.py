"""
What can be said of a statement without asking anybody or any model: where its sentences come from, and who is in it.

All of it is counting. A sentence is sourced if it stands as it was accepted and a quote it cites is in an input, now,
word for word; similarity proves nothing (opposite opinions are 0.9 alike to an embedding, `docs/deliberation.md`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ai.quotes import find
from ai.visible import one_line
from ingest.sentences import split

#: Fewer people than this among whom an anonymous quote could be: they are warned.
SMALL_GROUP = 5

_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_WORD = re.compile(r"[^\W_]+")
_STILL_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class GivenText:
    """An input that stands. `person`: whose it is; `group`: the delegation they speak for."""

    id: str
    person: str
    group: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """
    A citation as it was written down.

    Attributes:
        id: Random; another one for each citation, also of one input.
        start, end: The passage, in characters of the input.
        passage: What stood there when it was cited, also of who allows no quotes: it is compared, not shown. None if
            nobody can tell any more.
        disputed: Its author says that this is not what they meant.
        document: Whether it is of a document: evidence, which makes no sentence somebody's.
    """

    id: str
    input: str
    start: int
    end: int
    passage: str | None
    disputed: bool = False
    document: bool = False


@dataclass(frozen=True, slots=True)
class AcceptedText:
    """A suggestion that went into the statement. `own_words`: somebody edited it first."""

    suggestion: str
    text: str
    own_words: bool
    citations: tuple[Citation, ...]


class Standing(StrEnum):
    """How a sentence stands to its sources."""

    SOURCED = "sourced"  #: as accepted, with a citation that holds
    EDITED = "edited"  #: wording of participants on the basis of a sourced one
    BROKEN = "broken"  #: as accepted, but none of its citations holds any more
    UNSOURCED = "unsourced"  #: written by participants


@dataclass(frozen=True, slots=True)
class Traced:
    """
    A sentence of the statement and where it comes from.

    Attributes:
        citations: Those that hold.
        numbers: Numbers in it that stand in none of the passages.
    """

    text: str
    standing: Standing
    suggestion: str | None
    citations: tuple[Citation, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """
    Shares from 0 to 1, None where there is nothing to count.

    Attributes:
        groundedness: Sourced sentences among all.
        coverage: People with an input that a sourced sentence cites, among all who gave one.
        weakest: The smallest coverage of a group (delegation, or person without one).
        by_person: For each person, the share of their inputs that are cited.
        uncited: Inputs that no sourced sentence cites.
    """

    groundedness: float | None
    coverage: float | None
    weakest: float | None
    by_person: Mapping[str, float]
    uncited: tuple[str, ...]


def trace(
    sentences: Iterable[str], accepted: Sequence[AcceptedText], given: Mapping[str, GivenText]
) -> list[Traced]:
    """
    Say where each sentence of a statement comes from.

    Args:
        accepted: In the order of acceptance; of two with the same words the later one counts.
        given: The inputs and documents that stand, by id.
    """
    parts: dict[str, AcceptedText] = {}
    words: list[tuple[frozenset[str], AcceptedText]] = []
    for one in accepted:
        for sentence in split(one.text):
            parts[_same(sentence.text)] = one
            words.append((_words(sentence.text), one))
    return [_trace(sentence, parts, words, given) for sentence in sentences]


def measure(traced: Sequence[Traced], given: Mapping[str, GivenText]) -> Measures:
    """Count."""
    cited = {
        citation.input
        for one in traced
        if one.standing is Standing.SOURCED
        for citation in one.citations
    }
    by_person: defaultdict[str, list[bool]] = defaultdict(list)
    groups: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for one in given.values():
        by_person[one.person].append(one.id in cited)
        group = groups[f"group {one.group}" if one.group else f"person {one.person}"]
        group[one.person] = group.get(one.person, False) or one.id in cited
    people = {person: share for group in groups.values() for person, share in group.items()}
    sourced = sum(one.standing is Standing.SOURCED for one in traced)
    return Measures(
        groundedness=_share(sourced, len(traced)),
        coverage=_share(sum(people.values()), len(people)),
        weakest=min((sum(group.values()) / len(group) for group in groups.values()), default=None),
        by_person={person: sum(found) / len(found) for person, found in by_person.items()},
        uncited=tuple(ident for ident in given if ident not in cited),
    )


def holds(citation: Citation, given: Mapping[str, GivenText]) -> bool:
    """Whether an input still says what a citation says it says."""
    source = given.get(citation.input)
    if source is None or citation.disputed or not citation.passage:
        return False
    stands = one_line(source.text[citation.start : citation.end]) == one_line(citation.passage)
    return stands or find(citation.passage, source.text) is not None


def missing_numbers(sentence: str, passages: Iterable[str]) -> tuple[str, ...]:
    """Return the numbers of a sentence that stand in none of the passages."""
    known = {number for passage in passages for number in _NUMBER.findall(_plain(passage))}
    return tuple(one for one in _NUMBER.findall(_plain(sentence)) if one not in known)


def hidden_among(permissions: Iterable[tuple[str, str]]) -> int:
    """
    Return among how many people the author of an anonymous quote is.

    Args:
        permissions: Person and permission (``named``, ``anonymous``, ``never``) of each input.
    """
    return len({person for person, quote in permissions if quote == "anonymous"})


def _trace(
    sentence: str,
    parts: Mapping[str, AcceptedText],
    words: Sequence[tuple[frozenset[str], AcceptedText]],
    given: Mapping[str, GivenText],
) -> Traced:
    source = parts.get(_same(sentence))
    edited = source is None
    if source is None:
        source = _nearest(_words(sentence), words)
    if source is None:
        return Traced(sentence, Standing.UNSOURCED, None, (), ())
    good = tuple(one for one in source.citations if holds(one, given))
    standing = Standing.BROKEN
    if any(not one.document for one in good):
        standing = Standing.SOURCED
    if edited or source.own_words:
        standing = Standing.EDITED
    passages = [one.passage for one in good if one.passage is not None]
    numbers = missing_numbers(sentence, passages)
    return Traced(sentence, standing, source.suggestion, good, numbers)


def _nearest(
    wanted: frozenset[str], words: Sequence[tuple[frozenset[str], AcceptedText]]
) -> AcceptedText | None:
    best, found = _STILL_ALIKE, None
    for known, source in words:
        alike = len(wanted & known) / len(wanted | known) if wanted | known else 0.0
        if alike >= best:
            best, found = alike, source
    return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _same(text: str) -> str:
    return " ".join(_plain(text).split())


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(_plain(text)))
