"""What the bot needs of a language model."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    One question to a model.

    Attributes:
        ident: ``name@version#hash`` of the template.
        system: The rules.
        content: The material, JSON.
        max_tokens: Length of the answer at most.
        shared: The part of the material that comes first and that other questions share, JSON; a provider may keep
            what it made of it.
        schema: JSON schema of the answer, for models that can be held to one. What comes is checked all the same.
        basis: What of the content decides whether this has been asked before; None: all of it.
    """

    ident: str
    system: str
    content: str
    max_tokens: int
    shared: str = ""
    schema: Mapping[str, Any] | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost. `model`: the name the provider gave; `input_tokens`: kept ones, read or written, too."""

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
