"""What the bot needs of a language model."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    One question to a model.

    Attributes:
        ident: ``name@version#hash`` of the template.
        system: The rules.
        content: The material, JSON.
        max_tokens: Length of the answer at most.
    """

    ident: str
    system: str
    content: str
    max_tokens: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. `model`: the name the provider gave."""

    model: str
    input_tokens: int
    output_tokens: int


class Model(Protocol):
    """A language model."""

    @property
    def name(self) -> str:
        """What it is called in settings and audit."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[str | Usage]:
        """
        Yield the answer piece by piece, its `Usage` last.

        The stream ends normally only if the answer is whole.

        Raises:
            ModelError: The answer, and every piece of it seen so far, is to be thrown away.
        """
