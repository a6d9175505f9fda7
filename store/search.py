"""
Search over a session's documents: by words and by meaning, fused by rank.

Vectors of a session are kept as one matrix in memory and read again when they have changed; scoring is one product,
in a thread. Up to some 100,000 passages that is faster than any index, and exact.

Source: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet" (SIGIR 2009), k = 60.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from store import documents, passages
from store.database import Database
from store.documents import Viewer
from store.models import Chunk, Document

Floats = NDArray[np.float32]

_K = 60

#: Each ranking gives its best so many to the fusion.
_DEPTH = 50

#: Vectors read in one go: the event loop does other things between two.
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query's embedding: ``float32[dim]``, of length one."""

    model: str
    vector: Floats


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A passage that was found.

    Attributes:
        found_by: ``words``, ``meaning`` or both.
    """

    chunk: Chunk
    document: Document
    score: float
    found_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Matrix:
    """The vectors of a session. `of_document`: for each, which of the `documents` it is from."""

    state: tuple[int, int]
    idents: NDArray[np.int64]
    documents: tuple[str, ...]
    of_document: NDArray[np.intp]
    vectors: Floats

    @property
    def size(self) -> int:
        return int(self.vectors.nbytes)


class Search:
    """
    Searches one database.

    Args:
        cache_bytes: How much memory matrices may take; the one used longest ago goes first.
    """

    def __init__(self, database: Database, *, cache_bytes: int = 512 * 1024**2) -> None:
        self._database = database
        self._cache_bytes = cache_bytes
        self._matrices: OrderedDict[tuple[str, str], _Matrix] = OrderedDict()

    async def search(
        self,
        session_id: str,
        query: str,
        *,
        viewer: Viewer,
        meaning: Meaning | None = None,
        limit: int = 10,
    ) -> list[Hit]:
        """Return the passages that fit a query best, among those the viewer may read."""
        allowed = await self._database.read(documents.ready_ids, session_id, viewer)
        rankings = {
            "words": await self._database.read(
                passages.by_words, session_id, query, allowed, _DEPTH
            )
        }
        if meaning is not None:
            rankings["meaning"] = await self._by_meaning(session_id, meaning, allowed)
        best = fuse(rankings)[:limit]
        return await self._database.read(_hits, best)

    async def _by_meaning(
        self, session_id: str, meaning: Meaning, allowed: Collection[str]
    ) -> list[int]:
        if not allowed:
            return []
        matrix = await self._matrix(session_id, meaning.model)
        if matrix.vectors.shape[0] == 0 or matrix.vectors.shape[1] != meaning.vector.shape[0]:
            return []
        return await asyncio.to_thread(_nearest, matrix, meaning.vector, allowed, _DEPTH)

    async def _matrix(self, session_id: str, model: str) -> _Matrix:
        key = (session_id, model)
        state = await self._database.read(passages.vectors_state, session_id, model)
        known = self._matrices.get(key)
        if known is not None and known.state == state:
            self._matrices.move_to_end(key)
            return known
        found: list[tuple[int, str, bytes]] = []
        after = 0
        while page := await self._database.read(
            passages.vectors_after, session_id, model, after, _PAGE
        ):
            found += page
            after = page[-1][0]
        matrix = await asyncio.to_thread(_stacked, state, found)
        self._keep(key, matrix)
        return matrix

    def _keep(self, key: tuple[str, str], matrix: _Matrix) -> None:
        self._matrices[key] = matrix
        self._matrices.move_to_end(key)
        while (
            len(self._matrices) > 1
            and sum(one.size for one in self._matrices.values()) > self._cache_bytes
        ):
            self._matrices.popitem(last=False)


def fuse(rankings: Mapping[str, Sequence[int]]) -> list[tuple[int, float, tuple[str, ...]]]:
    """Return (number, score, names of the rankings it is in) of everything ranked, the best first."""
    scores: dict[int, float] = {}
    names: dict[int, tuple[str, ...]] = {}
    for name, ranking in rankings.items():
        for rank, ident in enumerate(ranking, 1):
            scores[ident] = scores.get(ident, 0.0) + 1 / (_K + rank)
            names[ident] = (*names.get(ident, ()), name)
    order = sorted(scores, key=lambda ident: (-scores[ident], ident))
    return [(ident, scores[ident], names[ident]) for ident in order]


def _stacked(state: tuple[int, int], found: Sequence[tuple[int, str, bytes]]) -> _Matrix:
    count = len(found)
    vectors = np.frombuffer(b"".join(data for _, _, data in found), dtype="<f4")
    documents = {document: at for at, document in enumerate(sorted({one[1] for one in found}))}
    return _Matrix(
        state,
        np.fromiter((ident for ident, _, _ in found), np.int64, count),
        tuple(documents),
        np.fromiter((documents[document] for _, document, _ in found), np.intp, count),
        vectors.reshape(count, -1) if count else np.zeros((0, 0), np.float32),
    )


def _nearest(matrix: _Matrix, vector: Floats, allowed: Collection[str], limit: int) -> list[int]:
    scores = matrix.vectors @ vector
    visible = np.array([one in allowed for one in matrix.documents])
    if not visible.all():
        scores = np.where(visible[matrix.of_document], scores, -np.inf)
    limit = min(limit, len(scores))
    best = np.argpartition(-scores, limit - 1)[:limit]
    best = best[np.lexsort((matrix.idents[best], -scores[best]))]
    return [int(matrix.idents[at]) for at in best if scores[at] > 0]


def _hits(session: Session, best: Sequence[tuple[int, float, tuple[str, ...]]]) -> list[Hit]:
    chunks = passages.get_many(session, [ident for ident, _, _ in best])
    hits = []
    for ident, score, names in best:
        chunk = chunks.get(ident)
        document = documents.find(session, chunk.document_id) if chunk is not None else None
        if chunk is not None and document is not None:
            hits.append(Hit(chunk, document, score, names))
    return hits
