"""
What participants want, point by point: each person's inputs are read in a call of their own.

So a participant's text can shape nothing but their own points, and a point counts only with words that are in the
input. Where a model's answer is of no use, that person's own sentences stand in: nobody is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ai import prompts
from ai.drafting import Citation, cite_input, clean
from ai.errors import BadOutput
from ai.material import GivenInput
from ai.models.base import Prompt
from ai.quotes import repeats
from ingest.sentences import split

#: Points of one person: who writes much has no more weight for it.
MAX_CLAIMS = 12

STANCES = frozenset({"for", "against", "condition", "fact", "question"})

_MAX_CLAIM_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Claim:
    """
    One point.

    Attributes:
        person: Whose it is.
        stance: One of `STANCES`, or ``said`` for their own sentence.
        text: The point; for those who allow no quotes never their own words.
        citation: Where they make it.
        quotable: Whether its words may be shown.
    """

    person: str
    stance: str
    text: str
    citation: Citation
    quotable: bool


def ask(question: str, given: Sequence[GivenInput], max_tokens: int) -> Prompt:
    """Return the question about one person's inputs. It is the same as long as they are."""
    template = prompts.load("claims", 1)
    content = {
        "question": question,
        "inputs": [{"id": f"i{at}", "text": one.text} for at, one in enumerate(given, 1)],
    }
    return Prompt(
        ident=template.ident,
        system=template.render(max_claims=MAX_CLAIMS),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
    )


def read(answer: str, given: Sequence[GivenInput]) -> list[Claim]:
    """
    Return the points of an answer that stand up.

    Raises:
        BadOutput: If it is not of the agreed form, or none of its points stands up.
    """
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError) as exc:
        raise BadOutput("(points that are not JSON)") from exc
    points = value.get("claims") if isinstance(value, dict) else None
    if not isinstance(points, list):
        raise BadOutput("(no list of points)")
    aliases = {f"i{at}": one for at, one in enumerate(given, 1)}
    found = [claim for one in points[:MAX_CLAIMS] if (claim := _claim(one, aliases)) is not None]
    if not found:
        raise BadOutput("(no point with words that are in the input)")
    return found


def own_sentences(given: Sequence[GivenInput]) -> list[Claim]:
    """Return somebody's own sentences as their points, as far as there is room."""
    return [
        Claim(
            person=one.person,
            stance="said",
            text=clean(sentence.text) if one.quotable else "",
            citation=citation,
            quotable=one.quotable,
        )
        for one in given
        for sentence in split(one.text)
        if (citation := cite_input(one, sentence.text)) is not None
    ][:MAX_CLAIMS]


def _claim(value: Any, aliases: dict[str, GivenInput]) -> Claim | None:
    if not isinstance(value, dict):
        return None
    alias, stance, text, quote = (value.get(name) for name in ("input", "stance", "claim", "quote"))
    source = aliases.get(alias) if isinstance(alias, str) else None
    if source is None or not isinstance(text, str) or not isinstance(quote, str):
        return None
    text = clean(text[:_MAX_CLAIM_CHARACTERS])
    citation = cite_input(source, quote)
    if not text or not isinstance(stance, str) or stance not in STANCES or citation is None:
        return None
    if not source.quotable and repeats(text, source.text):
        return None
    return Claim(source.person, stance, text, citation, source.quotable)
