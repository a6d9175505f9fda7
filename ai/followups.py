"""
Follow-up questions: what a model is given of one participant, and which of its questions are put.

It sees the writing of nobody else, so it has nobody else's words to repeat, and a question is one plain line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ai import prompts
from ai.budget import beginning
from ai.errors import BadOutput
from ai.interview import Turn
from ai.models.base import Prompt
from ai.visible import one_line, visible

MAX_QUESTION_CHARACTERS = 300

#: What they wrote before is read as far as this, the newest of it.
MAX_WRITTEN_BYTES = 40_000

#: A question asks. Whatever leads elsewhere or looks like code has no place in it.
_NOT_PLAIN = re.compile(r"https?:|www\.|[<>{}\[\]`|]|\S@\S", re.IGNORECASE)


def ask(
    question: str, written: Sequence[str], turns: Sequence[Turn], *, left: int, max_tokens: int
) -> Prompt:
    """
    Return the question about what to ask next.

    Args:
        written: Their inputs, the oldest first.
        left: How many questions the model may still ask.
    """
    template = prompts.load("interview", 1)
    content = {
        "question": visible(question),
        "written": _newest(written),
        "conversation": said(turns),
        "left": left,
    }
    return Prompt(
        ident=template.ident,
        system=template.render(),
        content=json.dumps(content, ensure_ascii=False),
        max_tokens=max_tokens,
    )


def read(answer: str, turns: Sequence[Turn]) -> str | None:
    """
    Return the question of an answer, None if the model has no more.

    Raises:
        BadOutput: If it is not of the agreed form, or no question that can be put.
    """
    value = parsed(answer)
    done, question = value.get("done"), value.get("question")
    if done is True:
        return None
    if done is not False or not isinstance(question, str):
        raise BadOutput("(no question and no end)")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise BadOutput("(a question without end)")
    question = one_line(question)
    if not any(map(str.isalpha, question)) or _NOT_PLAIN.search(question):
        raise BadOutput("(a question that cannot be put)")
    if question.casefold() in {one.question.casefold() for one in turns}:
        raise BadOutput("(the same question again)")
    return question


def said(turns: Sequence[Turn]) -> list[dict[str, str | None]]:
    """Return a conversation as a model sees it: what people would see of it."""
    return [
        {"asked": one.question, "said": None if one.answer is None else visible(one.answer)}
        for one in turns
    ]


def parsed(answer: str) -> dict[str, object]:
    """
    Return the JSON object that an answer is.

    Raises:
        BadOutput: If it is none.
    """
    try:
        value = json.loads(answer)
    except (ValueError, RecursionError) as exc:
        raise BadOutput("(an answer that is not JSON)") from exc
    if not isinstance(value, dict):
        raise BadOutput("(an answer that is no object)")
    return value


def _newest(written: Sequence[str]) -> list[str]:
    kept: list[str] = []
    left = MAX_WRITTEN_BYTES
    for text in reversed(written):
        part = beginning(visible(text), left)
        if part:
            kept.append(part)
        left -= len(part.encode())
    return kept[::-1]
