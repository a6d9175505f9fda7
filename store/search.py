"""
Search over a session's documents: by words and by meaning, fused by rank.

How each of the two is done is the database's business (`store.words`, `store.vectors`).

Source: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet" (SIGIR 2009), k = 60.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from store import documents, passages
from store.documents import Viewer
from store.passages import Passage
from store.vectors import Meaning as Meaning
from store.vectors import Readable, Vectors
from store.vectors_sqlite import Matrices

#: Numbers of passages, the best first; each with its score and the names of the rankings it is in.
Ranking = list[tuple[int, float, tuple[str, ...]]]

_K = 60

#: Each ranking gives its best so many to the fusion.
_DEPTH = 50


@dataclass(frozen=True, slots=True)
class Hit:
    """
    A passage that was found.

    Attributes:
        found_by: ``words``, ``meaning`` or both.
    """

    passage: Passage
    score: float
    found_by: tuple[str, ...]


class Search:
    """
    Searches one database.

    Args:
        vectors: Where its embeddings are; None for SQLite's.
    """

    def __init__(self, database: Readable, vectors: Vectors | None = None) -> None:
        self._database = database
        self._vectors = vectors if vectors is not None else Matrices(database)

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
        best = await self.best(session_id, query, viewer=viewer, meaning=meaning, limit=limit)
        return await self._database.read(_hits, best)

    async def best(
        self,
        session_id: str,
        query: str,
        *,
        viewer: Viewer,
        meaning: Meaning | None = None,
        limit: int = 10,
    ) -> Ranking:
        """Return the numbers of what `search` finds."""
        scope = documents.readable(session_id, viewer)
        looked_for = {"words": self._database.read(passages.by_words, scope, query, _DEPTH)}
        if meaning is not None:
            looked_for["meaning"] = self._vectors.nearest(scope, meaning, _DEPTH)
        # Each is one thread's work.
        found = await asyncio.gather(*looked_for.values())
        return fuse(dict(zip(looked_for, found, strict=True)))[:limit]

    def forget(self, session_id: str) -> None:
        """Drop what is remembered of a session's vectors."""
        self._vectors.forget(session_id)


def fuse(rankings: Mapping[str, Sequence[int]]) -> Ranking:
    """Return everything ranked, the best first."""
    scores: dict[int, float] = {}
    names: dict[int, tuple[str, ...]] = {}
    for name, ranking in rankings.items():
        for rank, ident in enumerate(ranking, 1):
            scores[ident] = scores.get(ident, 0.0) + 1 / (_K + rank)
            names[ident] = (*names.get(ident, ()), name)
    order = sorted(scores, key=lambda ident: (-scores[ident], ident))
    return [(ident, scores[ident], names[ident]) for ident in order]


def _hits(session: Session, best: Ranking) -> list[Hit]:
    found = passages.shown(session, [ident for ident, _, _ in best])
    return [Hit(found[ident], score, names) for ident, score, names in best if ident in found]
