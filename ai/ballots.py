"""
Ballots that are checked before they count, and which of them count.

A ballot that is wrong in any way is refused as a whole, with what is wrong with it: half a ballot would be somebody's
vote for something they did not say. A person's own ballot always stands instead of a predicted one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ai.errors import BadBallot
from ai.schulze import Counted, Ranking, places

_MAX_ANSWER_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class RankingBallot:
    """
    What one participant thinks of the candidates of a round.

    Attributes:
        id: Random; says nothing about the voter.
        voter: Their participant id.
        ranking: Empty for an abstention.
        predicted: Made by a model, not by the voter.
    """

    id: str
    voter: str
    ranking: Ranking
    predicted: bool = False


def check_ranking(tiers: object, candidates: Collection[str], *, strict: bool = False) -> Ranking:
    """
    Return a ranking as it counts.

    Args:
        tiers: Best first: ids, or lists of ids that are tied. What is left out is tied behind the rest.
        strict: Every candidate once and no ties, as predictions must be.

    Raises:
        BadBallot: If an id is unknown, repeated or (strict) missing or tied, or it is no ranking at all.
    """
    if not isinstance(tiers, list | tuple):
        raise BadBallot("form", "a ranking is a list of candidates, the best first")
    checked: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for tier in tiers:
        names = [tier] if isinstance(tier, str) else tier
        if not isinstance(names, list | tuple) or not names:
            raise BadBallot("form", "each place of a ranking holds one or more candidates")
        if strict and len(names) > 1:
            raise BadBallot("tied", "this ranking may not hold ties")
        for name in names:
            if not isinstance(name, str) or name not in candidates:
                raise BadBallot("unknown", f"{_short(name)} is no candidate here")
            if name in seen:
                raise BadBallot("repeated", f"{_short(name)} stands in it twice")
            seen.add(name)
        checked.append(tuple(sorted(names)))
    if strict and (missing := set(candidates) - seen):
        raise BadBallot("missing", f"{len(missing)} of {len(candidates)} candidates are missing")
    return tuple(checked)


def read_prediction(answer: str, aliases: Mapping[str, str]) -> tuple[Ranking, str]:
    """
    Read a model's ranking: ``{"ranking": [ids], "reason": text}`` and nothing else.

    Args:
        aliases: The ids this one question used, to the candidates they stood for.

    Returns:
        The ranking, complete and without ties, and the reason, which decides nothing.

    Raises:
        BadBallot: If it is not exactly that.
    """
    if len(answer) > _MAX_ANSWER_CHARACTERS:
        raise BadBallot("form", "the answer is too long")
    try:
        value = json.loads(answer, object_pairs_hook=_no_repeated_names)
    except (ValueError, RecursionError) as exc:
        raise BadBallot("form", "the answer is not one JSON object") from exc
    if not isinstance(value, dict) or not isinstance(reason := value.get("reason", ""), str):
        raise BadBallot("form", "the answer is not an object with ranking and reason")
    ranking = check_ranking(value.get("ranking"), aliases, strict=True)
    return tuple((aliases[tier[0]],) for tier in ranking), reason


def effective(
    cast: Iterable[RankingBallot], predicted: Iterable[RankingBallot]
) -> list[RankingBallot]:
    """
    Return the ballots that count: one per voter, their own where there is one.

    Raises:
        BadBallot: If somebody cast two.
    """
    chosen: dict[str, RankingBallot] = {}
    for ballot in cast:
        if ballot.voter in chosen:
            raise BadBallot("repeated", "somebody has two ballots")
        chosen[ballot.voter] = ballot
    for ballot in predicted:
        chosen.setdefault(ballot.voter, ballot)
    return list(chosen.values())


def counted(ballots: Iterable[RankingBallot]) -> list[Counted]:
    """Return ballots without their voters, abstentions left out: they rank nothing above anything."""
    return [Counted(one.id, one.ranking, one.predicted) for one in ballots if one.ranking]


def agreement(one: Ranking, other: Ranking, candidates: Sequence[str]) -> float | None:
    """
    Return how alike two rankings are: Kendall's tau-b, -1 to 1.

    Returns:
        None if one of them tells no two candidates apart.
    """
    first, second = places(one), places(other)
    same = different = told_first = told_second = 0
    for at, left in enumerate(candidates):
        for right in candidates[at + 1 :]:
            a = first.get(left, len(one)) - first.get(right, len(one))
            b = second.get(left, len(other)) - second.get(right, len(other))
            told_first += a != 0
            told_second += b != 0
            same += a * b > 0
            different += a * b < 0
    if not told_first or not told_second:
        return None
    tau: float = (same - different) / (told_first * told_second) ** 0.5
    return tau


@dataclass(frozen=True, slots=True)
class Bias:
    """
    How much a ranker goes by the place it was shown things at.

    Attributes:
        rho: Spearman's rho, -1 to 1; near 0 for a ranker that reads, near 1 for one that takes what comes first.
        places: How many places it is from.
    """

    rho: float
    places: int

    @property
    def alarming(self) -> bool:
        """Whether it is more than a tenth, and more than three times what chance makes of so many places."""
        return abs(self.rho) > max(0.1, 3 / math.sqrt(self.places))


def position_bias(shown: Iterable[tuple[Sequence[str], Ranking]]) -> Bias | None:
    """
    Return the correlation of the place a candidate was shown at with the place it was given.

    Args:
        shown: For each predicted ranking, the order the candidates were shown in, and the ranking.

    Returns:
        The correlation over all of them; None if there is nothing to tell it from.
    """
    pairs = [
        (at - (len(order) - 1) / 2, place[name] - (len(order) - 1) / 2)
        for order, ranking in shown
        if ranking
        for place in [places(ranking)]
        for at, name in enumerate(order)
        if name in place
    ]
    spread = (sum(a * a for a, _ in pairs) * sum(b * b for _, b in pairs)) ** 0.5
    return Bias(sum(a * b for a, b in pairs) / spread, len(pairs)) if spread else None


def _no_repeated_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadBallot("form", "a name stands twice in one object")
    return made


def _short(name: object) -> str:
    return repr(name)[:40]
