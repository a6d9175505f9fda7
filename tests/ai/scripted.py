"""Models that answer rounds at once, well or badly, and count what they are asked."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Any

from ai.models.base import Prompt, Usage
from ingest.sentences import split

Json = dict[str, Any]
Answer = Callable[[Json], str]


def content_of(prompt: Prompt) -> Json:
    """Return all that a prompt gives, what it shares with others first."""
    found: Json = {**json.loads(prompt.shared or "{}"), **json.loads(prompt.content)}
    return found


def claims(content: Json) -> str:
    """Each sentence is a point."""
    found = [
        {"input": one["id"], "stance": "for", "claim": f"They want: {s.text}", "quote": s.text}
        for one in content["inputs"]
        for s in split(one["text"])
    ]
    return json.dumps({"claims": found})


def candidate(content: Json, *, only: int | None = None) -> str:
    """Each point is a sentence, in the order given."""
    lines = [
        {
            "do": "add",
            "after": None,
            "new_paragraph": True,
            "text": one["point"],
            "cites": [one["id"]],
            "reason": "They said so.",
        }
        for one in content["points"][:only]
    ]
    return "\n".join(json.dumps(one) for one in [*lines[:12], {"do": "end"}])


def rank(content: Json) -> str:
    """The longest first, ties by words: what is shown where decides nothing."""
    order = sorted(content["candidates"], key=lambda one: (-len(one["text"]), one["text"]))
    return json.dumps({"ranking": [one["id"] for one in order], "reason": "It says most."})


def rank_first(content: Json) -> str:
    """The first shown is the best: a ranker that does not read."""
    return json.dumps({"ranking": [one["id"] for one in content["candidates"]], "reason": ""})


def interview(content: Json) -> str:
    """Another question each time, as long as there may be one."""
    at = len(content["conversation"])
    return json.dumps({"done": False, "question": f"Why does that matter, after {at} answers?"})


def readback(content: Json) -> str:
    """Each sentence is a point."""
    found = [
        {"answer": one["id"], "point": f"They want: {s.text}", "quote": s.text}
        for one in content["answers"]
        for s in split(one["text"])
    ]
    return json.dumps({"points": found})


class Scripted:
    """
    A model that does what a test says.

    Attributes:
        asked: How often, by prompt.
        contents: What it was given, by prompt.
        most: The most calls there were at the same time.
    """

    name = "scripted"

    def __init__(self, *, delay: float = 0.0, **answers: Answer | Exception) -> None:
        self.delay = delay
        self.answers: dict[str, Answer | Exception] = {
            "claims": claims,
            "candidate": candidate,
            "rank": rank,
            "interview": interview,
            "readback": readback,
            **answers,
        }
        self.asked: Counter[str] = Counter()
        self.contents: list[tuple[str, Json]] = []
        self.most = 0
        self._now = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
        kind = prompt.ident.split("@")[0]
        content = content_of(prompt)
        self.asked[kind] += 1
        self.contents.append((kind, content))
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(self.delay)
            answer = self.answers[kind]
            if isinstance(answer, Exception):
                raise answer
            yield answer(content)
            yield Usage("scripted-1", 100, 10)
        finally:
            self._now -= 1
