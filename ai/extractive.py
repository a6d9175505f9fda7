"""
Drafting without a model: participants' own sentences, quoted with their consent, in a plain frame.

Nothing is summarised and nothing is claimed to be agreed. Sentences are chosen so that every participant is heard
before anybody is heard twice, and within that so that what is shown stands for as much of the rest as
possible (facility location over character trigrams; LexRank shows small groups less often than chance does).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from math import sqrt

from ai.drafting import MAX_SENTENCE_CHARACTERS, Citation, Draft, LeftOut, clean
from ai.material import GivenInput, Material
from ai.models.base import Usage
from collab.suggestions import Kind
from ingest.sentences import Sentence, split

AUTHOR = "Summary (extractive)"
MAX_PROPOSALS = 12

_MAX_QUOTE_CHARACTERS = 400
_SAME = 0.8


class ExtractiveDrafter:
    """Proposes quotes."""

    @property
    def author(self) -> str:
        return AUTHOR

    async def draft(self, material: Material) -> AsyncIterator[Draft | LeftOut | Usage]:
        """Yield one proposal per chosen sentence, in the order of choosing."""
        candidates = _candidates(material)
        chosen = choose(candidates, most=MAX_PROPOSALS)
        target = material.sentences[-1] if material.sentences else None
        for candidate in chosen:
            yield Draft(
                kind=Kind.PARAGRAPH,
                target=target,
                text=framed(candidate),
                citations=(candidate.citation,),
                reason=_reason(candidate, candidates),
            )
        withheld = {one.person for one in material.inputs if not one.quotable}
        if withheld:
            yield LeftOut(
                f"{len(withheld)} of the participants allow no quotes, and without an AI model "
                "their inputs can only be quoted"
            )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of an input. `grams`: its character trigrams, counted."""

    source: GivenInput
    sentence: Sentence
    grams: Counter[str]

    @property
    def citation(self) -> Citation:
        """Where it stands."""
        return Citation(
            input=self.source.id,
            start=self.sentence.start,
            end=self.sentence.end,
            quote=self.sentence.text,
            author=self.source.author,
        )


def framed(candidate: Candidate) -> str:
    """Return the sentence that quotes it."""
    who = f"{candidate.source.author} says" if candidate.source.author else "One participant says"
    return f"{who}: “{clean(candidate.sentence.text)}”"


def choose(candidates: list[Candidate], *, most: int) -> list[Candidate]:
    """
    Choose sentences: everybody once before anybody twice, then whatever stands for most of what is not covered.
    """
    covered = [0.0] * len(candidates)
    alike = [[similarity(one, other) for other in candidates] for one in candidates]
    turns: Counter[str] = Counter()
    left = list(range(len(candidates)))
    chosen: list[int] = []
    while left and len(chosen) < most:
        fewest = min(turns[candidates[at].source.person] for at in left)
        heard_least = [at for at in left if turns[candidates[at].source.person] == fewest]
        best = max(heard_least, key=lambda at: (_gain(alike[at], covered), -at))
        chosen.append(best)
        turns[candidates[best].source.person] += 1
        covered = [max(pair) for pair in zip(covered, alike[best], strict=True)]
        left = [at for at in left if at != best and alike[best][at] < _SAME]
    return [candidates[at] for at in chosen]


def similarity(one: Candidate, other: Candidate) -> float:
    """Return the cosine of two sentences' trigram counts, 0 to 1."""
    if one is other:
        return 1.0
    small, large = sorted((one.grams, other.grams), key=len)
    dot = sum(count * large[gram] for gram, count in small.items())
    norm = sqrt(_square(one.grams) * _square(other.grams))
    return dot / norm if norm else 0.0


def _candidates(material: Material) -> list[Candidate]:
    said = " ".join(
        [*material.proposed, *(sentence.text for sentence in material.sentences)]
    ).casefold()
    return [
        Candidate(one, sentence, _trigrams(sentence.text))
        for one in material.inputs
        if one.quotable
        for sentence in split(one.text)
        if len(sentence.text) <= _MAX_QUOTE_CHARACTERS < MAX_SENTENCE_CHARACTERS
        and clean(sentence.text).casefold() not in said
    ]


def _reason(candidate: Candidate, candidates: list[Candidate]) -> str:
    others = {
        other.source.person
        for other in candidates
        if other.source.person != candidate.source.person and similarity(candidate, other) > 0.5
    }
    if not others:
        return "A participant's own words; nobody has voted on them."
    plural = "participant says" if len(others) == 1 else "participants say"
    return f"A participant's own words; {len(others)} more {plural} it in similar words."


def _gain(alike: list[float], covered: list[float]) -> float:
    return sum(max(0.0, new - old) for new, old in zip(alike, covered, strict=True))


def _trigrams(text: str) -> Counter[str]:
    flat = f" {' '.join(text.casefold().split())} "
    return Counter(flat[at : at + 3] for at in range(len(flat) - 2))


def _square(grams: Counter[str]) -> int:
    return sum(count * count for count in grams.values())
