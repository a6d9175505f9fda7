"""
Drafting without a model: participants' own sentences, quoted with their consent, in a plain frame.

Nothing is summarised and nothing is claimed to be agreed. Sentences are chosen so that every participant is heard
before anybody is heard twice, and within that so that what is shown stands for as much of the rest as
possible (facility location over character trigrams; LexRank shows small groups less often than chance does).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TypeVar

from ai.budget import equal_share
from ai.drafting import Citation, Draft, LeftOut, cited
from ai.material import GivenInput, GivenPassage, Material
from ai.models.base import Usage
from ai.quotes import Found
from ai.visible import one_line
from collab.suggestions import Kind
from ingest.sentences import Sentence, split

T = TypeVar("T")

AUTHOR = "Summary (extractive)"
MAX_PROPOSALS = 12

_MAX_QUOTE_CHARACTERS = 400
_SAME = 0.8

#: So alike, a sentence of a document is taken to be about the same.
_ABOUT_THE_SAME = 0.5

#: Sentences to choose from. Each is compared with each: 300 take a second, and a long session has thousands.
_MAX_CANDIDATES = 300

#: Inside the frame's quotation marks there are no others, or a sentence could end the quotation and go on by itself.
_INNER_QUOTES = str.maketrans(dict.fromkeys('“”„‟«»＂"〝〞〟', "'"))


class ExtractiveDrafter:
    """Proposes quotes."""

    @property
    def author(self) -> str:
        return AUTHOR

    async def draft(
        self, session_id: str, material: Material
    ) -> AsyncGenerator[Draft | LeftOut | Usage]:
        """Yield one proposal per chosen sentence, in the order of choosing."""
        target = material.sentences[-1] if material.sentences else None
        chosen, unheard = await asyncio.to_thread(_read, material)
        for candidate, reason, evidence in chosen:
            if evidence:
                reason = f"{reason} A document has a passage about it; read what it says."
            yield Draft(
                kind=Kind.PARAGRAPH,
                target=target,
                text=framed(candidate),
                citations=(candidate.citation, *evidence),
                reason=reason,
            )
        for why in unheard:
            yield LeftOut(why)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a source. `grams`: its character trigrams, counted; `norm`: the length of that vector."""

    source: GivenInput | GivenPassage
    sentence: Sentence
    grams: Counter[str]
    norm: float

    @classmethod
    def of(cls, source: GivenInput | GivenPassage, sentence: Sentence) -> Candidate:
        """Count its trigrams."""
        flat = f" {' '.join(sentence.text.casefold().split())} "
        grams = Counter(flat[at : at + 3] for at in range(len(flat) - 2))
        return cls(source, sentence, grams, sqrt(sum(n * n for n in grams.values())))

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        one = self.sentence
        return cited(self.source, Found(one.start, one.end, one.text))


def framed(candidate: Candidate) -> str:
    """Return the sentence that quotes it."""
    author = one_line(candidate.source.author or "")
    who = f"{author} says" if author else "One participant says"
    return f"{who}: “{one_line(candidate.sentence.text).translate(_INNER_QUOTES)}”"


def _person(candidate: Candidate) -> str:
    """Whose sentence it is; a document is nobody."""
    source = candidate.source
    return source.person if isinstance(source, GivenInput) else ""


def choose(candidates: list[Candidate], *, most: int) -> list[Candidate]:
    """
    Choose sentences: everybody once before anybody twice, then whatever stands for most of what is not covered.
    """
    covered = [0.0] * len(candidates)
    alike = _all_similarities(candidates)
    turns: Counter[str] = Counter()
    left = list(range(len(candidates)))
    chosen: list[int] = []
    while left and len(chosen) < most:
        fewest = min(turns[_person(candidates[at])] for at in left)
        heard_least = [at for at in left if turns[_person(candidates[at])] == fewest]
        best = max(heard_least, key=lambda at: (_gain(alike[at], covered), -at))
        chosen.append(best)
        turns[_person(candidates[best])] += 1
        covered = [max(pair) for pair in zip(covered, alike[best], strict=True)]
        left = [at for at in left if at != best and alike[best][at] < _SAME]
    return [candidates[at] for at in chosen]


def similarity(one: Candidate, other: Candidate) -> float:
    """Return the cosine of two sentences' trigram counts, 0 to 1."""
    if one is other:
        return 1.0
    small, large = sorted((one.grams, other.grams), key=len)
    dot = sum(count * large[gram] for gram, count in small.items() if gram in large)
    return dot / (one.norm * other.norm)


def _all_similarities(candidates: list[Candidate]) -> list[list[float]]:
    alike = [[1.0] * len(candidates) for _ in candidates]
    for first, one in enumerate(candidates):
        for second in range(first):
            alike[first][second] = alike[second][first] = similarity(one, candidates[second])
    return alike


def _read(
    material: Material,
) -> tuple[list[tuple[Candidate, str, tuple[Citation, ...]]], list[str]]:
    """Return what is proposed, each with its reason and its evidence, and why the rest is not: all the work of it."""
    return _chosen(material), list(_unheard(material))


def _chosen(material: Material) -> list[tuple[Candidate, str, tuple[Citation, ...]]]:
    candidates = _candidates(material)
    passages = [
        Candidate.of(one, sentence) for one in material.evidence for sentence in _quotable(one)
    ]
    return [
        (one, _reason(one, candidates), _evidence(one, passages))
        for one in choose(candidates, most=MAX_PROPOSALS)
    ]


def _evidence(candidate: Candidate, passages: Sequence[Candidate]) -> tuple[Citation, ...]:
    """Return the sentence of a document that is most alike, if one is alike."""
    best = max(passages, key=lambda one: similarity(candidate, one), default=None)
    if best is None or similarity(candidate, best) < _ABOUT_THE_SAME:
        return ()
    return (best.citation,)


def _candidates(material: Material) -> list[Candidate]:
    """Return what can be quoted and was not; where that is too much, from everybody equally much."""
    said = " ".join(
        _plain(text)
        for text in (*material.proposed, *(sentence.text for sentence in material.sentences))
    )
    by_person: dict[str, dict[str, tuple[GivenInput, Sentence]]] = {}
    for one in material.inputs:
        own = by_person.setdefault(one.person, {})  # what somebody says ten times counts once
        for found in _quotable(one):
            if (words := _plain(found.text)) not in said:
                own.setdefault(words, (one, found))
    share = equal_share([len(own) for own in by_person.values()], _MAX_CANDIDATES)
    return [
        Candidate.of(one, sentence)
        for own in by_person.values()
        for one, sentence in _spread(list(own.values()), max(1, share))
    ]


def _quotable(source: GivenInput | GivenPassage) -> list[Sentence]:
    if not source.quotable:
        return []
    return [
        one
        for one in split(source.text)
        if len(one.text) <= _MAX_QUOTE_CHARACTERS and any(map(str.isalnum, one_line(one.text)))
    ]


def _spread(found: Sequence[T], most: int) -> Sequence[T]:
    """Return so many of a sequence, from all of it."""
    if len(found) <= most:
        return found
    return [found[at * len(found) // most] for at in range(most)]


def _plain(text: str) -> str:
    """Return text in the form in which what was said is compared."""
    return one_line(text).translate(_INNER_QUOTES).casefold()


def _unheard(material: Material) -> Iterator[str]:
    """Say whose words cannot be proposed, and why."""
    withheld = sum(not one.quotable for one in material.inputs)
    if withheld:
        yield (
            f"{withheld} of the inputs must not be quoted, and without an AI model that is all "
            "that can be done with them"
        )
    long_winded = sum(one.quotable and not _quotable(one) for one in material.inputs)
    if long_winded:
        yield f"{long_winded} of the inputs have no sentence short enough to be quoted"


def _reason(candidate: Candidate, candidates: list[Candidate]) -> str:
    others = {
        _person(other)
        for other in candidates
        if _person(other) != _person(candidate) and similarity(candidate, other) > 0.5
    }
    if not others:
        return "A participant's own words; nobody has voted on them."
    plural = "participant says" if len(others) == 1 else "participants say"
    return f"A participant's own words; {len(others)} more {plural} it in similar words."


def _gain(alike: list[float], covered: list[float]) -> float:
    return sum(max(0.0, new - old) for new, old in zip(alike, covered, strict=True))
