"""
Vectors on Postgres with pgvector, in half precision.

A session is a filter, and an index over all sessions knows nothing of it: it returns its nearest so many, of which
the filter leaves perhaps none (0.66 of 10, where a session is 2 % of all). So few vectors are scanned, exactly; only
where they are many the index is asked, and told to go on until there are enough.

Source: pgvector 0.8, "Filtering" and "Iterative index scans"; Malkov, Yashunin, HNSW (TPAMI 2020).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from store.vectors import Meaning, Readable

#: So many vectors are scanned in a few milliseconds; more are asked of the index.
SCANNED = 10_000

#: What the index of pgvector 0.8 takes in half precision.
_MAX_DIM = 4000

#: What the documents say: to count the vectors takes longer than to find the nearest.
_COUNT = text("SELECT coalesce(sum(passages), 0) FROM documents WHERE id = ANY(:documents)")

#: MATERIALIZED keeps the planner from asking the index.
_SCAN = text(
    "WITH mine AS MATERIALIZED (SELECT chunk_id, data FROM vectors WHERE session_id = :session"
    " AND model = :model AND dim = :dim AND document_id = ANY(:documents))"
    " SELECT chunk_id, data <#> CAST(:vector AS halfvec) AS distance FROM mine"
    " ORDER BY distance, chunk_id LIMIT :limit"
)

_ASK = (
    "SELECT chunk_id, CAST(data AS halfvec({dim})) <#> CAST(:vector AS halfvec({dim})) AS distance"
    " FROM vectors WHERE session_id = :session AND model = {model} AND dim = {dim}"
    " AND document_id = ANY(:documents) ORDER BY distance LIMIT :limit"
)

#: The graph is searched this broadly, and on until there are enough, in the order of distance.
_HOW = text(
    "SELECT set_config('hnsw.iterative_scan', 'strict_order', true),"
    " set_config('hnsw.ef_search', '100', true),"
    " set_config('hnsw.max_scan_tuples', '200000', true)"
)


class Halfvecs:
    """The vectors of one database; nothing is kept in memory."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def nearest(
        self, session_id: str, meaning: Meaning, allowed: Collection[str], limit: int
    ) -> list[int]:
        """See `Vectors`."""
        return await self._database.read(nearest, session_id, meaning, allowed, limit)

    def forget(self, session_id: str) -> None:
        """See `Vectors`: there is nothing."""


def nearest(
    session: Session, session_id: str, meaning: Meaning, allowed: Collection[str], limit: int
) -> list[int]:
    """Return the numbers of the chunks that are nearest, the nearest first."""
    dim = int(meaning.vector.shape[0])
    values: dict[str, Any] = {
        "session": session_id,
        "model": meaning.model,
        "dim": dim,
        "documents": sorted(allowed),
        "vector": _written(meaning.vector),
        "limit": limit,
    }
    few = session.execute(_COUNT, values).scalar_one() <= SCANNED
    if few or dim > _MAX_DIM:
        rows = session.execute(_SCAN, values)
    else:
        session.execute(_HOW)
        rows = session.execute(text(_ASK.format(dim=dim, model=_literal(meaning.model))), values)
    return [ident for ident, distance in rows if distance < 0]


def ensure_index(session: Session, model: str, dim: int) -> None:
    """Make the index of a model's vectors, if there is none: with its first vectors, when that takes no time."""
    if dim > _MAX_DIM:
        return
    name = f"hnsw_{hashlib.sha256(model.encode()).hexdigest()[:12]}_{dim}"
    if session.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar() is None:
        session.execute(
            text(
                f"CREATE INDEX IF NOT EXISTS {name} ON vectors"
                f" USING hnsw (CAST(data AS halfvec({dim})) halfvec_ip_ops)"
                f" WHERE model = {_literal(model)} AND dim = {dim}"
            )
        )


def _written(vector: Any) -> str:
    return "[" + ",".join(f"{one:.7g}" for one in np.asarray(vector, np.float32)) + "]"


def _literal(value: str) -> str:
    """Return a text as SQL writes it; a partial index is only used for what stands in the query itself."""
    return "'" + value.replace("'", "''").replace(":", r"\:") + "'"
