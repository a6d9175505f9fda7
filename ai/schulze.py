"""
Schulze's method, and its ties broken in a way that everybody can repeat.

The count knows nothing of names or order: permuting ballots or candidates changes nothing. Only where it leaves
candidates tied does chance decide, and that chance is a published seed: ballots are drawn in an order that the seed
alone determines, human ones before predicted ones, and each separates what is still tied. So nobody, the
server included, can choose the order after the ballots are known.

Source: M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent
single-winner election method", Social Choice and Welfare 36 (2011), strength by winning votes; ties by his
tie-breaking ranking of the candidates (drawn ballots).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

#: Best first; candidates of one tier are tied, those that are not listed are tied behind all others.
Ranking = tuple[tuple[str, ...], ...]

Tiers = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """
    One ballot to be counted.

    Attributes:
        id: Unique in the count; it decides when the ballot is drawn.
        predicted: Nobody cast it: it is drawn after those that people cast.
    """

    id: str
    ranking: Ranking
    predicted: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """
    The outcome of a count.

    Attributes:
        tiers: What the ballots say, best first, ties included.
        order: The same with ties broken; every candidate once.
        preferred: How many ballots rank the first of a pair strictly above the second.
        paths: Strength of the strongest path from the first to the second, in ballots; 0 if there is none.
        drawn: Ids of the ballots that were drawn to break ties, in their order.
        lots: Whether the seed alone had to decide about candidates that no ballot tells apart.
    """

    tiers: Tiers
    order: tuple[str, ...]
    preferred: Mapping[tuple[str, str], int]
    paths: Mapping[tuple[str, str], int]
    drawn: tuple[str, ...]
    lots: bool

    @property
    def winner(self) -> str:
        """The first of the order."""
        return self.order[0]

    @property
    def tied(self) -> bool:
        """Whether the ballots alone leave more than one winner."""
        return len(self.tiers[0]) > 1


def count(candidates: Iterable[str], ballots: Sequence[Counted], *, seed: str) -> Result:
    """
    Count ballots. They are checked (`ai.ballots`): each names candidates of this count, each at most once.

    Raises:
        ValueError: If there is no candidate, or two ballots have one id.
    """
    names = sorted(set(candidates))
    if not names:
        raise ValueError("nothing to count: no candidate")
    if len({ballot.id for ballot in ballots}) != len(ballots):
        raise ValueError("two ballots with the same id")
    preferred = pairwise(names, [ballot.ranking for ballot in ballots])
    paths = strongest_paths(names, preferred)
    tiers = _tiers(names, paths)
    order, drawn, lots = _untie(tiers, ballots, seed)
    return Result(tiers, order, preferred, paths, drawn, lots)


def pairwise(names: Sequence[str], rankings: Iterable[Ranking]) -> dict[tuple[str, str], int]:
    """Return for each ordered pair how many rankings put the first strictly above the second."""
    preferred = {(one, other): 0 for one in names for other in names if one != other}
    for ranking in rankings:
        place = places(ranking)
        last = len(ranking)
        for one, other in preferred:
            if place.get(one, last) < place.get(other, last):
                preferred[one, other] += 1
    return preferred


def places(ranking: Ranking) -> dict[str, int]:
    """Return the number of the tier each listed candidate stands in."""
    return {name: place for place, tier in enumerate(ranking) for name in tier}


def strongest_paths(
    names: Sequence[str], preferred: Mapping[tuple[str, str], int]
) -> dict[tuple[str, str], int]:
    """Return the strength of the strongest path of each ordered pair (Floyd and Warshall, by winning votes)."""
    paths = {
        pair: votes if votes > preferred[pair[1], pair[0]] else 0
        for pair, votes in preferred.items()
    }
    for via in names:
        for one in names:
            if one == via or not (first := paths[one, via]):
                continue
            for other in names:
                if other != one and other != via:
                    strength = min(first, paths[via, other])
                    if strength > paths[one, other]:
                        paths[one, other] = strength
    return paths


def make_seed(secret: str, subject: str, ballots: Iterable[Counted]) -> str:
    """
    Return the seed of a count.

    Args:
        secret: Drawn by the server when voting opened; its `commitment` was published then, itself afterwards. So
            voters cannot know the seed while they vote, and the server cannot choose it once they have.
        subject: What was voted about.

    Returns:
        64 hexadecimal digits.
    """
    cast = sorted([one.id, [sorted(tier) for tier in one.ranking]] for one in ballots)
    return hashlib.sha256(json.dumps([secret, subject, cast]).encode()).hexdigest()


def commitment(secret: str) -> str:
    """Return what is published of a secret before the first ballot."""
    return hashlib.sha256(f"accord seed {secret}".encode()).hexdigest()


def _tiers(names: Sequence[str], paths: Mapping[tuple[str, str], int]) -> Tiers:
    """Order candidates by how many do not beat them; who is beaten by none is a potential winner."""
    unbeaten = {
        one: sum(paths[one, other] >= paths[other, one] for other in names if other != one)
        for one in names
    }
    by_count: dict[int, list[str]] = {}
    for name in names:
        by_count.setdefault(unbeaten[name], []).append(name)
    return tuple(tuple(by_count[wins]) for wins in sorted(by_count, reverse=True))


def _untie(
    tiers: Tiers, ballots: Sequence[Counted], seed: str
) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
    drawn: list[str] = []
    for ballot in sorted(ballots, key=lambda one: (one.predicted, _lot(seed, "ballot", one.id))):
        if all(len(tier) == 1 for tier in tiers):
            break
        split = _split(tiers, ballot.ranking)
        if split != tiers:
            tiers = split
            drawn.append(ballot.id)
    lots = any(len(tier) > 1 for tier in tiers)
    order = [
        name for tier in tiers for name in sorted(tier, key=lambda one: _lot(seed, "lot", one))
    ]
    return tuple(order), tuple(drawn), lots


def _split(tiers: Tiers, ranking: Ranking) -> Tiers:
    place, last = places(ranking), len(ranking)
    made: list[tuple[str, ...]] = []
    for tier in tiers:
        groups: dict[int, list[str]] = {}
        for name in tier:
            groups.setdefault(place.get(name, last), []).append(name)
        made += [tuple(groups[at]) for at in sorted(groups)]
    return tuple(made)


def _lot(seed: str, purpose: str, name: str) -> str:
    return hashlib.sha256(json.dumps([seed, purpose, name]).encode()).hexdigest()
