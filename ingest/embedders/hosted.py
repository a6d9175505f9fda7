"""
Models behind an HTTP API: Voyage, and whatever speaks OpenAI's (OpenAI, Ollama, vLLM, TEI, LM Studio).

Source: docs.voyageai.com/reference/embeddings-api; platform.openai.com/docs/api-reference/embeddings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import httpx2
import numpy as np

from ingest.chunks import estimate
from ingest.embedding import Floats, Purpose, batches, unit_length
from ingest.errors import EmbeddingFailed

VOYAGE_URL = "https://api.voyageai.com/v1"
OPENAI_URL = "https://api.openai.com/v1"

_BATCH_TOKENS = 60_000
_BATCH_TEXTS = 64

_VOYAGE_WORDS = {Purpose.PASSAGE: "document", Purpose.QUERY: "query"}


class HostedEmbedder:
    """
    A model of another server.

    Args:
        provider: ``voyage`` or ``openai``.
        url: Where its API begins, ``https://api.example.org/v1``.
        name: What the provider calls the model.
        key: Sent as a bearer token; None where the server asks for none.
    """

    external = True

    def __init__(
        self,
        provider: str,
        *,
        url: str,
        name: str,
        key: str | None,
        max_tokens: int = 8000,
        timeout_seconds: float = 60.0,
    ) -> None:
        self.model = f"{provider}/{name}"
        self.max_tokens = max_tokens
        self._is_voyage = provider == "voyage"
        self._name = name
        self._client = httpx2.AsyncClient(
            headers={"authorization": f"Bearer {key}"} if key is not None else {},
            timeout=timeout_seconds,
        )
        self._url = f"{url.rstrip('/')}/embeddings"

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return an estimate that is rather too high: the tokenizer is theirs."""
        return estimate(texts)

    async def embed(self, texts: Sequence[str], purpose: Purpose) -> Floats:
        """See `Embedder`."""
        parts = [
            await self._ask(texts[start:end], purpose)
            for start, end in batches(
                self.count(texts), max_tokens=_BATCH_TOKENS, max_texts=_BATCH_TEXTS
            )
        ]
        if len({part.shape[1] for part in parts}) > 1:
            raise EmbeddingFailed("the embedding service gave vectors of different lengths")
        return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _ask(self, texts: Sequence[str], purpose: Purpose) -> Floats:
        body: dict[str, Any] = {"model": self._name, "input": list(texts)}
        if self._is_voyage:
            body |= {"input_type": _VOYAGE_WORDS[purpose], "truncation": True}
        else:
            body |= {"encoding_format": "float"}
        try:
            answer = await self._client.post(self._url, json=body)
        except httpx2.HTTPError as exc:
            raise EmbeddingFailed(
                f"the embedding service cannot be reached: {exc or type(exc).__name__}", again=True
            ) from exc
        if answer.status_code != 200:
            raise _refusal(answer)
        try:
            found = sorted(answer.json()["data"], key=lambda one: one["index"])
            vectors = np.array([one["embedding"] for one in found], np.float32)
        except (ValueError, KeyError, TypeError) as exc:
            raise EmbeddingFailed("the embedding service gave an answer of another form") from exc
        return unit_length(vectors, len(texts))


def _refusal(answer: httpx2.Response) -> EmbeddingFailed:
    status = answer.status_code
    if status in (401, 403):
        return EmbeddingFailed("the embedding service does not accept ACCORD_EMBEDDING_API_KEY")
    again = status in (408, 409, 429) or status >= 500
    wait = answer.headers.get("retry-after", "")
    return EmbeddingFailed(
        f"the embedding service answered {status}",
        again=again,
        retry_after=float(wait) if wait.isdigit() else None,
    )
