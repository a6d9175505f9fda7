"""
The heard receipt: for each point somebody made, where it went.

A point is a sentence of an input. It is in the text, proposed, rejected, or not used, and in the last two cases the
receipt says why as far as anybody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ai.measures import Citation, GivenText, Standing, Traced
from ingest.sentences import split


class Fate(StrEnum):
    """What became of a point, the best first."""

    IN_TEXT = "in_text"
    IN_TEXT_EDITED = "in_text_edited"  #: in words of other participants
    PROPOSED = "proposed"
    DISPUTED = "disputed"
    REJECTED = "rejected"
    NOT_USED = "not_used"


@dataclass(frozen=True, slots=True)
class Proposed:
    """
    A suggestion. `status`: as in its row; `reason`: why it was rejected, if somebody said.
    """

    suggestion: str
    text: str
    status: str
    reason: str | None
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """Where a point is cited. `text`: the sentence of the statement, or the proposal."""

    suggestion: str
    citation: str
    text: str


@dataclass(frozen=True, slots=True)
class Point:
    """A sentence of an input, and what became of it. `reason`: why it is not in the text."""

    input: str
    start: int
    end: int
    text: str
    fate: Fate
    uses: tuple[Use, ...]
    reason: str | None


def receipt(
    given: Iterable[GivenText],
    traced: Sequence[Traced],
    proposals: Sequence[Proposed],
    *,
    unused: str,
) -> list[Point]:
    """
    Return what became of each point of somebody's inputs.

    Args:
        unused: Why what nobody has proposed is not in the text, as the last run has it.
    """
    return [
        _point(one, sentence.start, sentence.end, sentence.text, traced, proposals, unused)
        for one in given
        for sentence in split(one.text)
    ]


def _point(
    source: GivenText,
    start: int,
    end: int,
    text: str,
    traced: Sequence[Traced],
    proposals: Sequence[Proposed],
    unused: str,
) -> Point:
    def about(citations: Iterable[Citation]) -> Citation | None:
        for one in citations:
            if one.input == source.id and one.start < end and start < one.end:
                return one
        return None

    def made(fate: Fate, uses: list[Use], reason: str | None = None) -> Point:
        return Point(source.id, start, end, text, fate, tuple(uses), reason)

    for standing, fate in (
        (Standing.SOURCED, Fate.IN_TEXT),
        (Standing.EDITED, Fate.IN_TEXT_EDITED),
    ):
        uses = [
            Use(one.suggestion or "", found.id, one.text)
            for one in traced
            if one.standing is standing and (found := about(one.citations)) is not None
        ]
        if uses:
            return made(fate, uses)
    touching = [(one, found) for one in proposals if (found := about(one.citations)) is not None]
    for fate, chosen in (
        (Fate.PROPOSED, [pair for pair in touching if _is_open(*pair)]),
        (Fate.DISPUTED, [(one, cited) for one, cited in touching if cited.disputed]),
        (Fate.REJECTED, [(one, cited) for one, cited in touching if one.status == "rejected"]),
    ):
        if chosen:
            uses = [Use(one.suggestion, cited.id, one.text) for one, cited in chosen]
            reasons = [one.reason for one, _ in chosen if one.reason]
            said = reasons[-1] if reasons else "Nobody said why."
            return made(fate, uses, said if fate is Fate.REJECTED else None)
    return made(Fate.NOT_USED, [], unused)


def _is_open(proposed: Proposed, cited: Citation) -> bool:
    """Whether people may still decide. What its author disputes is disputed, also while it is proposed."""
    return proposed.status == "open" and not cited.disputed
