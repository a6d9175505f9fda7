"""
How a model thinks somebody would rank the candidates: asked one by one, shuffled anew, checked, never their ballot.

Only people who allow it are predicted. An answer that is no ranking is asked for again in another order; in the end
the person abstains, which is said, rather than having half a ranking taken for a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ai import prompts
from ai.answers import Answers
from ai.ballots import read_prediction
from ai.candidates import aliases, lot
from ai.errors import BadBallot, ModelError
from ai.material import GivenInput
from ai.models.base import Prompt
from ai.schulze import Ranking

TRIES = 3


@dataclass(frozen=True, slots=True)
class Prediction:
    """
    What a model says somebody would say.

    Attributes:
        ranking: Empty if there was no usable answer.
        shown: The order the candidates were shown in.
    """

    person: str
    ranking: Ranking
    reason: str
    shown: tuple[str, ...]


async def predict(
    answers: Answers,
    session_id: str,
    person: str,
    given: Sequence[GivenInput],
    *,
    question: str,
    texts: Mapping[str, str],
    seed: str,
    max_tokens: int,
) -> Prediction:
    """
    Predict one person's ranking.

    Args:
        texts: What the statement would read like with each candidate, by the candidate's id.
        seed: Decides the orders; the same for the same material.

    Raises:
        BudgetSpent: No model may be asked any more.
    """
    for attempt in range(TRIES):
        prompt, known = ask(
            given,
            question=question,
            texts=texts,
            seed=f"{seed} {person} {attempt}",
            max_tokens=max_tokens,
        )
        try:
            ranking, reason = read_prediction(await answers.ask(session_id, "rank", prompt), known)
        except (BadBallot, ModelError):
            continue
        return Prediction(person, ranking, reason[:600], tuple(known.values()))
    return Prediction(person, (), "", ())


def ask(
    given: Sequence[GivenInput],
    *,
    question: str,
    texts: Mapping[str, str],
    seed: str,
    max_tokens: int,
) -> tuple[Prompt, dict[str, str]]:
    """Return the question, and which candidate each id in it stands for, in the order shown."""
    template = prompts.load("rank", 1)
    order = sorted(texts, key=lambda ident: lot(seed, "order", texts[ident]))
    known = dict(zip(aliases(len(order), seed=seed), order, strict=True))
    content = {
        "question": question,
        "inputs": [one.text for one in given],
        "candidates": [{"id": alias, "text": texts[ident]} for alias, ident in known.items()],
    }
    prompt = Prompt(
        ident=template.ident,
        system=template.render(),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
    )
    return prompt, known
