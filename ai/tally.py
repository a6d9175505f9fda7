"""
Counting a round: whose rankings count, who wins by them, and what only people or only predictions would have said.

Pure, and from nothing but what is published afterwards, so that anybody can count again (`ai.bundle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ai.ballots import RankingBallot, agreement, counted, effective
from ai.schulze import count, make_seed


def tally(
    idents: Sequence[str],
    cast: Sequence[RankingBallot],
    predicted: Sequence[RankingBallot],
    *,
    asked: int,
    secret: str,
    subject: str,
) -> dict[str, Any] | None:
    """
    Count a round. Predictions count only for who has not ranked, and not at all once half of those asked have.

    Args:
        asked: How many people could rank.
        secret, subject: See `ai.schulze.make_seed`.

    Returns:
        The count as JSON; None if nobody ranked anything.
    """
    own = [one for one in cast if one.ranking]
    enough = asked > 0 and 2 * len(cast) >= asked
    chosen = effective(cast, () if enough else predicted)
    used = counted(chosen)
    if not used:
        return None
    seed = make_seed(secret, subject, used)
    result = count(idents, used, seed=seed)
    guessed = {one.voter: one.ranking for one in predicted if one.ranking}
    taus = [
        tau
        for one in own
        if one.voter in guessed
        and (tau := agreement(one.ranking, guessed[one.voter], idents)) is not None
    ]
    return {
        "winner": result.winner,
        "order": list(result.order),
        "tiers": [list(tier) for tier in result.tiers],
        "seed": seed,
        "drawn": list(result.drawn),
        "lots": result.lots,
        "decided_by": "humans" if enough or not guessed else "humans_then_predicted",
        "asked": asked,
        "cast": len(cast),
        "predicted": sum(one.predicted for one in used),  # who could not be predicted abstains
        "humans_only": _winner_of(idents, own, seed),
        "predicted_only": _winner_of(idents, predicted, seed),
        "tau": sum(taus) / len(taus) if taus else None,
    }


def _winner_of(idents: Sequence[str], some: Sequence[RankingBallot], seed: str) -> str | None:
    used = counted(some)
    return count(idents, used, seed=seed).winner if used else None
