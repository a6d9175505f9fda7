"""Drafting with a language model."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator

from ai import prompts
from ai.answers import Answers
from ai.drafting import Draft, LeftOut, LineReader, ProposalReader
from ai.errors import Interrupted
from ai.material import Material
from ai.models.base import Prompt, Usage
from ai.visible import visible

AUTHOR = "Accord AI"
MAX_PROPOSALS = 12


class ModelDrafter:
    """
    Asks a model for sentences and lets through what stands up.

    What it asked before in the same words it does not ask again (`ai.answers`).

    Args:
        max_tokens: Length of an answer at most.
    """

    def __init__(self, answers: Answers, *, max_tokens: int) -> None:
        self._answers = answers
        self._max_tokens = max_tokens

    @property
    def author(self) -> str:
        return AUTHOR

    async def draft(
        self, session_id: str, material: Material
    ) -> AsyncGenerator[Draft | LeftOut | Usage]:
        """
        Yield each sentence as soon as its line is complete and its quotes are found.

        Raises:
            ModelError: The answer was cut, refused, malformed, or never came.
            BudgetSpent: The model was not asked.
        """
        lines = LineReader()
        reader = ProposalReader(material, max_proposals=MAX_PROPOSALS)
        prompt = ask(material, self._max_tokens)
        async with self._answers.answering(session_id, "draft", prompt) as answer:
            async for piece in answer:  # closed at once when a line is wrong: nobody reads the rest
                if isinstance(piece, Usage):
                    yield piece
                    continue
                for line in lines.feed(piece):
                    if (found := reader.read(line)) is not None:
                        yield found
            for line in lines.finish():
                if (found := reader.read(line)) is not None:
                    yield found
            if not reader.ended:
                raise Interrupted("(the answer has no end)")


def ask(material: Material, max_tokens: int) -> Prompt:
    """
    Return the question put to the model: rules in the system prompt, people's words as JSON.

    A model is shown what people would see: what is hidden in a text reaches nobody. What it proposed itself and nobody
    has decided about is no news: as long as nothing else changes, this counts as asked already.
    """
    template = prompts.load("draft", 2)
    content = {
        "question": visible(material.question),
        "statement": [
            {"id": one.alias, "paragraph": one.paragraph, "text": visible(one.text)}
            for one in material.sentences
        ],
        "inputs": [
            {"id": one.alias, "quotable": one.quotable, "text": visible(one.text)}
            for one in material.inputs
        ],
        "documents": [
            {"id": one.alias, "quotable": one.quotable, "text": visible(one.text)}
            for one in material.evidence
        ],
        "critiques": [
            {
                "about": one.sentence,
                "private": one.private,
                "quote": visible(one.quote),
                "text": visible(one.text),
            }
            for one in material.critiques
        ],
    }
    proposed = [visible(one) for one in material.proposed]
    decided = [visible(one) for one in material.proposed if one not in material.undecided]
    return Prompt(
        ident=template.ident,
        system=template.render(max_sentences=MAX_PROPOSALS),
        content=json.dumps({**content, "proposed_before": proposed}, ensure_ascii=False),
        max_tokens=max_tokens,
        basis=json.dumps({**content, "proposed_before": decided}, ensure_ascii=False),
    )
