"""
What participants want, point by point: each person's inputs are read in a call of their own.

So a participant's text can shape nothing but their own points, and a point counts only with words that are in the
input. Where a model's answer is of no use, that person's own sentences stand in: nobody is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ai import prompts
from ai.drafting import Citation, cited
from ai.errors import BadOutput
from ai.material import GivenInput
from ai.models.base import Prompt
from ai.quotes import Found, Source, Withheld
from ai.visible import one_line, visible
from ingest.sentences import split

#: Points of one person: who writes much has no more weight for it.
MAX_CLAIMS = 12

STANCES = frozenset({"for", "against", "condition", "fact", "question"})

_MAX_CLAIM_CHARACTERS = 400

_POINT = {
    "input": {"type": "string"},
    "stance": {"type": "string", "enum": sorted(STANCES)},
    "claim": {"type": "string"},
    "quote": {"type": "string"},
}

_SCHEMA = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": _POINT,
                "required": list(_POINT),
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}


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
        "question": visible(question),
        "inputs": [{"id": f"i{at}", "text": visible(one.text)} for at, one in enumerate(given, 1)],
    }
    return Prompt(
        ident=template.ident,
        system=template.render(max_claims=MAX_CLAIMS),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
        schema=_SCHEMA,
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
    reader = _Reader(given)
    stands = (claim for one in points if (claim := reader.claim(one)) is not None)
    found = _once(stands)
    if not found:
        raise BadOutput("(no point with words that are in the input)")
    return found


def own_sentences(given: Sequence[GivenInput]) -> list[Claim]:
    """Return somebody's own sentences as their points, as far as there is room."""
    return _once(
        Claim(
            person=one.person,
            stance="said",
            text=one_line(sentence.text) if one.quotable else "",
            citation=cited(one, Found(sentence.start, sentence.end, sentence.text)),
            quotable=one.quotable,
        )
        for one in given
        for sentence in split(one.text)
    )


def _once(claims: Iterable[Claim]) -> list[Claim]:
    """Return as many points as there is room for, none twice: saying it again gives it no weight."""
    found: dict[str, Claim] = {}
    for one in claims:
        words = one.text or str(one.citation)
        found.setdefault(" ".join(words.casefold().split()), one)
    return list(found.values())[:MAX_CLAIMS]


class _Reader:
    """Looks points up in one person's inputs."""

    def __init__(self, given: Sequence[GivenInput]) -> None:
        self._given = {f"i{at}": one for at, one in enumerate(given, 1)}
        self._sources = {alias: Source(one.text) for alias, one in self._given.items()}
        self._withheld = Withheld(one.text for one in given if not one.quotable)

    def claim(self, value: Any) -> Claim | None:
        """Return a point that stands up."""
        if not isinstance(value, dict):
            return None
        alias, stance, text, quote = (
            value.get(name) for name in ("input", "stance", "claim", "quote")
        )
        if not isinstance(alias, str) or alias not in self._given:
            return None
        if not isinstance(text, str) or not isinstance(quote, str) or not isinstance(stance, str):
            return None
        text = one_line(text[:_MAX_CLAIM_CHARACTERS])
        found = self._sources[alias].find(quote)
        if not text or stance not in STANCES or found is None:
            return None
        if self._withheld.is_repeated_in(text):
            return None
        source = self._given[alias]
        return Claim(source.person, stance, text, cited(source, found), source.quotable)
