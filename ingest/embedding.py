"""
What an embedding model is to us, whoever runs it.

Without one, search is by words only and says so; nothing ever stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ingest.errors import EmbeddingFailed

Floats = NDArray[np.float32]


class Purpose(StrEnum):
    """What a text is: many models embed questions and passages differently."""

    PASSAGE = "passage"
    QUERY = "query"


class Embedder(Protocol):
    """
    An embedding model.

    Attributes:
        model: Names the model, its version and how it is used: vectors of equal names can be compared.
        max_tokens: The longest text it reads whole.
        external: Whether texts are sent to another server.
    """

    model: str
    external: bool
    max_tokens: int

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, or an estimate that is rather too high."""

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Floats:
        """
        Return ``float32[len(texts), dim]``, each row of length one.

        Raises:
            EmbeddingFailed: If the model cannot be had or answers nonsense.
        """

    async def close(self) -> None:
        """Let go of what it holds."""


def batches(counts: Sequence[int], *, max_tokens: int, max_texts: int) -> Iterator[tuple[int, int]]:
    """Yield ranges of texts that a model may be given at once; one that is too large goes alone."""
    start, used = 0, 0
    for at, tokens in enumerate(counts):
        if at > start and (used + tokens > max_tokens or at - start == max_texts):
            yield start, at
            start, used = at, 0
        used += tokens
    if start < len(counts):
        yield start, len(counts)


def unit_length(vectors: Floats, count: int) -> Floats:
    """
    Return vectors of length one.

    Raises:
        EmbeddingFailed: If there are not `count` of them, or one has no direction.
    """
    if vectors.ndim != 2 or vectors.shape[0] != count or vectors.shape[1] == 0:
        raise EmbeddingFailed("the embedding model gave another number of vectors than texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise EmbeddingFailed("the embedding model gave a vector without a direction")
    scaled: Floats = (vectors / lengths).astype(np.float32)
    return scaled
