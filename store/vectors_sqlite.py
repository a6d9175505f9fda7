"""
Vectors on SQLite: a session's are one matrix in memory, read again when they have changed.

Scoring is one product, in a thread. Up to some 100,000 passages that is faster than any index, and exact. It takes one
processor: with `@` the threads of BLAS would take all, and hold them for a while when there is nothing to do any more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from store import passages
from store.scope import Scope
from store.vectors import Floats, Meaning, Readable

#: Vectors read in one go: the event loop does other things between two.
_PAGE = 2000


@dataclass(frozen=True, slots=True)
class _Matrix:
    """`codes`: of each row its document, as a place in `documents`."""

    state: tuple[int, int]
    idents: NDArray[np.int64]
    documents: tuple[str, ...]
    codes: NDArray[np.int32]
    vectors: Floats

    @property
    def size(self) -> int:
        return int(self.vectors.nbytes)


class Matrices:
    """
    The matrices of one database.

    Args:
        cache_bytes: How much memory they may take; the one used longest ago goes first.
    """

    def __init__(self, database: Readable, *, cache_bytes: int = 512 * 1024**2) -> None:
        self._database = database
        self._cache_bytes = cache_bytes
        self._matrices: OrderedDict[tuple[str, str], _Matrix] = OrderedDict()

    async def nearest(self, scope: Scope, meaning: Meaning, limit: int) -> list[int]:
        """See `Vectors`."""
        state, allowed = await self._database.read(_state, scope, meaning.model)
        if not allowed:
            return []
        matrix = await self._matrix((scope.session_id, meaning.model), state)
        if matrix.vectors.shape[0] == 0 or matrix.vectors.shape[1] != meaning.vector.shape[0]:
            return []
        return await asyncio.to_thread(_nearest, matrix, meaning.vector, allowed, limit)

    def forget(self, session_id: str) -> None:
        """See `Vectors`."""
        for key in [one for one in self._matrices if one[0] == session_id]:
            del self._matrices[key]

    async def _matrix(self, key: tuple[str, str], state: tuple[int, int]) -> _Matrix:
        known = self._matrices.get(key)
        if known is not None and known.state == state:
            self._matrices.move_to_end(key)
            return known
        found: list[tuple[int, str, bytes]] = []
        after = 0
        while page := await self._database.read(passages.vectors_after, *key, after, _PAGE):
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


def _state(session: Session, scope: Scope, model: str) -> tuple[tuple[int, int], set[str]]:
    """Return what names the state of a session's vectors, and the documents that may be searched."""
    allowed = session.scalars(scope.documents, scope.values)
    return passages.vectors_state(session, scope.session_id, model), set(allowed)


def _stacked(state: tuple[int, int], found: Sequence[tuple[int, str, bytes]]) -> _Matrix:
    count = len(found)
    vectors = np.frombuffer(b"".join(data for _, _, data in found), dtype="<f4")
    places: dict[str, int] = {}
    codes = [places.setdefault(document, len(places)) for _, document, _ in found]
    return _Matrix(
        state,
        np.fromiter((ident for ident, _, _ in found), np.int64, count),
        tuple(places),
        np.array(codes, np.int32),
        vectors.reshape(count, -1) if count else np.zeros((0, 0), np.float32),
    )


def _nearest(matrix: _Matrix, vector: Floats, allowed: Collection[str], limit: int) -> list[int]:
    scores: NDArray[Any] = np.vecdot(matrix.vectors, vector)
    readable = np.array([document in allowed for document in matrix.documents])
    if not readable.all():
        scores = np.where(readable[matrix.codes], scores, -np.inf)
    limit = min(limit, len(scores))
    best = np.argpartition(-scores, limit - 1)[:limit]
    best = best[np.lexsort((matrix.idents[best], -scores[best]))]
    return [int(matrix.idents[at]) for at in best if scores[at] > 0]
