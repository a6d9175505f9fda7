"""
How a model thinks somebody would rank the candidates: asked one by one, shuffled anew, checked, never their ballot.

Only people who allow it are predicted. An answer that is no ranking is asked for again in another order; in the end
the person abstains, which is said, rather than having half a ranking taken for a whole one.

There are `ORDERS` orders, each beside its reverse: whoever takes what comes first prefers nothing over all of them, and
the provider reads the candidates once for each order, not for each person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ai import prompts
from ai.answers import Answers
from ai.ballots import read_prediction
from ai.candidates import aliases, lot
from ai.errors import BadBallot, ModelError
from ai.material import GivenInput
from ai.models.base import Prompt
from ai.schulze import Ranking
from ai.visible import one_line, visible
from collab.frozen import canonical

TRIES = 3

#: Even: every second order is the reverse of the one before.
ORDERS = 8


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
    max_tokens: int,
) -> Prediction:
    """
    Predict one person's ranking.

    Args:
        texts: What the statement would read like with each candidate, by the candidate's id.

    Raises:
        BudgetSpent: No model may be asked any more.
    """
    first = int(lot(seed_of(texts), "order of", person), 16)
    for attempt in range(TRIES):
        prompt, known = ask(
            given,
            question=question,
            texts=texts,
            order=(first + 3 * attempt) % ORDERS,
            max_tokens=max_tokens,
        )

        def read(answer: str, known: Mapping[str, str] = known) -> tuple[Ranking, str]:
            return read_prediction(answer, known)

        try:
            ranking, reason = await answers.ask(session_id, "rank", prompt, read)
        except (BadBallot, ModelError):
            continue
        return Prediction(person, ranking, one_line(reason)[:600], tuple(known.values()))
    return Prediction(person, (), "", ())


def ask(
    given: Sequence[GivenInput],
    *,
    question: str,
    texts: Mapping[str, str],
    order: int,
    max_tokens: int,
) -> tuple[Prompt, dict[str, str]]:
    """
    Return the question, and which candidate each id in it stands for, in the order shown.

    Args:
        order: Which of the `ORDERS`.
    """
    template = prompts.load("rank", 2)
    shown = in_order(texts, order)
    known = dict(zip(aliases(len(shown), seed=f"{seed_of(texts)} {order}"), shown, strict=True))
    candidates = [{"id": alias, "text": visible(texts[ident])} for alias, ident in known.items()]
    shared = {"question": visible(question), "candidates": candidates}
    content = {"inputs": [visible(one.text) for one in given]}
    prompt = Prompt(
        ident=template.ident,
        system=template.render(),
        shared=json.dumps(shared, ensure_ascii=False),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
        schema=_schema(list(known)),
    )
    return prompt, known


def in_order(texts: Mapping[str, str], order: int) -> list[str]:
    """Return the candidates in one of the orders: a shuffle begun at another place, every second time backwards."""
    seed = seed_of(texts)
    shuffled = sorted(texts, key=lambda ident: lot(seed, "order", texts[ident]))
    start = (order // 2) * len(shuffled) // (ORDERS // 2)
    turned = shuffled[start:] + shuffled[:start]
    return turned[::-1] if order % 2 else turned


def seed_of(texts: Mapping[str, str]) -> str:
    """Return what decides orders and ids: the texts, which nobody knows who writes an input."""
    return hashlib.sha256(canonical(sorted(texts.values()))).hexdigest()


def _schema(idents: Sequence[str]) -> dict[str, Any]:
    ranking = {"type": "array", "items": {"type": "string", "enum": list(idents)}}
    return {
        "type": "object",
        "properties": {"ranking": ranking, "reason": {"type": "string"}},
        "required": ["ranking", "reason"],
        "additionalProperties": False,
    }
