"""
Vectors on Postgres with pgvector, in half precision.

A session is a filter, and an index over all sessions knows nothing of it: it returns its nearest so many, of which
the filter leaves perhaps none (0.66 of 10, where a session is 2 % of all). So few vectors are scanned, exactly; only
where they are many the index is asked, and told to go on until there are enough.

Source: pgvector 0.8, "Filtering" and "Iterative index scans"; Malkov, Yashunin, HNSW (TPAMI 2020).
"""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Select, column, func, select, table, text, true
from sqlalchemy.orm import Session

from store.models import Document
from store.vectors import Meaning, Readable

#: So many vectors are scanned in a few milliseconds; more are asked of the index.
SCANNED = 10_000

#: What the index of pgvector 0.8 takes in half precision.
_MAX_DIM = 4000

#: How the index is asked: broadly, and on until there are enough, in the order of distance.
_HOW = (
    func.set_config("hnsw.iterative_scan", "strict_order", True),
    func.set_config("hnsw.ef_search", "80", True),
    func.set_config("hnsw.max_scan_tuples", "200000", True),
)

_VECTORS = table(
    "vectors",
    *map(column, ("chunk_id", "session_id", "model", "document_id", "dim", "data")),
)


class Halfvecs:
    """The vectors of one database; nothing is kept in memory."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def nearest(
        self, session_id: str, meaning: Meaning, readable: Select[str], limit: int
    ) -> list[int]:
        """See `Vectors`."""
        return await self._database.read(nearest, session_id, meaning, readable, limit)

    def forget(self, session_id: str) -> None:
        """See `Vectors`: there is nothing."""


def nearest(
    session: Session,
    session_id: str,
    meaning: Meaning,
    readable: Select[str],
    limit: int,
) -> list[int]:
    """Return the numbers of the chunks that are nearest, the nearest first."""
    few = _prepare(session, readable) <= SCANNED
    if few or meaning.vector.shape[0] > _MAX_DIM:
        found = session.connection().execute(_scan(session_id, meaning, readable).limit(limit))
    else:
        found = session.connection().execute(_ask(session_id, meaning, readable).limit(limit))
    return [ident for ident, distance in found if distance < 0]


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


def _prepare(session: Session, readable: Select[str]) -> int:
    """
    Say how the index is to be asked in this transaction, and return how many passages may be searched.

    Documents know how many they have: to count the vectors takes longer than to find the nearest of them.
    """
    passages = func.coalesce(func.sum(Document.passages), 0)
    return int(session.connection().execute(readable.with_only_columns(passages, *_HOW)).one()[0])


def _scan(session_id: str, meaning: Meaning, readable: Select[str]) -> Select[Any]:
    """Return the query that looks at each vector; MATERIALIZED keeps the planner from asking the index."""
    mine = (
        select(_VECTORS.c.chunk_id, _VECTORS.c.data)
        .where(_VECTORS.c.session_id == session_id, _VECTORS.c.document_id.in_(readable))
        .where(_VECTORS.c.model == meaning.model, _VECTORS.c.dim == meaning.vector.shape[0])
        .cte("mine")
        .prefix_with("MATERIALIZED")
    )
    distance = text("data <#> CAST(:vector AS halfvec) AS distance")
    return (
        select(mine.c.chunk_id, distance.bindparams(vector=_written(meaning)))
        .select_from(mine)
        .order_by(text("distance"), mine.c.chunk_id)
    )


def _ask(session_id: str, meaning: Meaning, readable: Select[str]) -> Select[Any]:
    """
    Return the query that the index answers.

    IS TRUE keeps the planner from joining the documents, whose order would not be that of the index. A partial index
    is only used for what stands in the query itself.
    """
    dim = meaning.vector.shape[0]
    distance = text(f"CAST(data AS halfvec({dim})) <#> CAST(:vector AS halfvec({dim})) AS distance")
    return (
        select(_VECTORS.c.chunk_id, distance.bindparams(vector=_written(meaning)))
        .select_from(_VECTORS)
        .where(_VECTORS.c.session_id == session_id)
        .where(_VECTORS.c.document_id.in_(readable).is_(true()))
        .where(text(f"model = {_literal(meaning.model)} AND dim = {dim}"))
        .order_by(text("distance"))
    )


def _written(meaning: Meaning) -> str:
    """Return a vector as pgvector reads it, in more digits than half precision has."""
    numbers = meaning.vector.tolist()
    return "[" + ",".join(["%.5g"] * len(numbers)) % tuple(numbers) + "]"


def _literal(value: str) -> str:
    """Return a text as SQL writes it, in a query where a colon would name a value."""
    return "'" + value.replace("'", "''").replace(":", r"\:") + "'"
