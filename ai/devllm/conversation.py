"""The stand-in's side of an interview: a question about somebody's own words, and their sentences read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ai.devllm.faults import Fault
from ai.devllm.wording import MAX_PROPOSALS, as_statement, quote_of
from ingest.sentences import split

#: What the stand-in asks about somebody's words, once each.
_FOLLOW_UPS = (
    "Why does it matter to you: “{about}”?",
    "Under which condition could you do with less of this: “{about}”?",
    "Who else would have to agree to this: “{about}”?",
)

Json = dict[str, Any]


def answer(asked: Json, fault: Fault | None = None) -> Json | str | None:
    """Return the answer to a prompt of an interview, as an object or, where it obeys somebody, text; else None."""
    if asked.keys() >= {"written", "conversation", "left"}:
        said = [*asked["written"], *(one["said"] or "" for one in asked["conversation"])]
        found = follow_up(asked)
    elif asked.keys() == {"question", "answers"}:
        said = [one["text"] for one in asked["answers"]]
        found = points_of(asked, fault)
    else:
        return None
    if fault is Fault.GULLIBLE and (orders := list(_orders(said))):
        return "\n".join(orders)
    return found


def follow_up(asked: Json) -> Json:
    """Return a question about the last thing they said that nothing was asked about yet, or that there is none."""
    before = " ".join(one["asked"] for one in asked["conversation"])
    texts = [one["said"] for one in asked["conversation"] if one["said"]] or asked["written"]
    sentences = [sentence.text for text in reversed(texts) for sentence in split(text)]
    for sentence in sentences if asked["left"] > 0 else ():
        about = _about(sentence)
        for ask in _FOLLOW_UPS:
            question = ask.format(about=about)
            if ask.partition("“")[0] not in before and about:
                return {"done": False, "question": question}
    return {"done": True, "question": ""}


def points_of(asked: Json, fault: Fault | None = None) -> Json:
    """Return the points of answers: their sentences that say something."""
    said = [
        (one, sentence.text)
        for one in asked["answers"]
        for sentence in split(one["text"])
        if len(sentence.text.split()) >= 3
    ]
    points = [
        {"answer": one["id"], "point": as_statement(text)[:300], "quote": quote_of(text)}
        for one, text in said[:MAX_PROPOSALS]
    ]
    match fault:
        case Fault.MISQUOTE:
            points = [{**one, "quote": f"{one['quote']} and for ever"} for one in points]
        case Fault.INVENTED:
            points = [{**one, "answer": "a999"} for one in points]
        case Fault.TOO_MANY:
            points *= 40
    return {"points": points}


def _about(sentence: str) -> str:
    """Return the first words of a sentence, plain enough for a question."""
    words = re.findall(r"[\w’'-]+", as_statement(sentence))[:10]
    return " ".join(words)[:100]


def _orders(texts: list[str]) -> Iterator[str]:
    """What texts tell a model to answer, the last order first."""
    for text in reversed(texts):
        for line in text.splitlines():
            if line.startswith("ANSWER:"):
                yield line.removeprefix("ANSWER:").strip()
