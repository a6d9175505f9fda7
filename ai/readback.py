"""
Reading back: what a model makes of somebody's answers, and which of it stands.

A point stands with words that are in the answer it is about, and with no number that is not; the others are left
out and counted. An answer that no point is about is read back in its author's own words: nothing is silently dropped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from ai import prompts
from ai.errors import BadOutput
from ai.followups import parsed
from ai.interview import MAX_POINT_CHARACTERS, MAX_POINTS, Point, Turn, own_points
from ai.measures import missing_numbers
from ai.models.base import Prompt
from ai.quotes import MIN_QUOTE_WORDS, Source
from ai.visible import one_line, visible


def ask(question: str, turns: Sequence[Turn], *, max_tokens: int) -> Prompt:
    """Return the question what somebody's points are."""
    template = prompts.load("readback", 1)
    content = {
        "question": visible(question),
        "answers": [
            {"id": f"a{at}", "asked": one.question, "text": visible(one.answer)}
            for at, one in enumerate(turns, 1)
            if one.answer is not None
        ],
    }
    return Prompt(
        ident=template.ident,
        system=template.render(max_points=MAX_POINTS),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
    )


def read(answer: str, turns: Sequence[Turn]) -> tuple[list[Point], int]:
    """
    Return the points of an answer that stand, own words for what they leave out, and how many do not stand.

    Raises:
        BadOutput: If it is not of the agreed form.
    """
    points = parsed(answer).get("points")
    if not isinstance(points, list):
        raise BadOutput("(no list of points)")
    sources = {
        f"a{at}": (at - 1, one.answer) for at, one in enumerate(turns, 1) if one.answer is not None
    }
    found: list[Point] = []
    for value in points[:MAX_POINTS]:
        point = _point(value, sources, f"p{len(found) + 1}")
        if point is not None and point.text.casefold() not in {
            one.text.casefold() for one in found
        }:
            found.append(point)
    heard = {one.turn for one in found}
    for own in own_points(turns):
        if own.turn not in heard and len(own.text.split()) >= MIN_QUOTE_WORDS:
            found.append(replace(own, id=f"p{len(found) + 1}"))
    return found, len(points) - sum(not one.own for one in found)


def _point(value: object, sources: dict[str, tuple[int, str]], ident: str) -> Point | None:
    if not isinstance(value, dict):
        return None
    alias, text, quote = (value.get(name) for name in ("answer", "point", "quote"))
    if not isinstance(alias, str) or alias not in sources:
        return None
    if not isinstance(text, str) or not isinstance(quote, str):
        return None
    turn, said = sources[alias]
    found = Source(said).find(quote)
    text = one_line(text[:MAX_POINT_CHARACTERS])
    if found is None or not any(map(str.isalpha, text)) or missing_numbers(text, [said]):
        return None
    return Point(ident, turn, text, one_line(found.text), own=False)
