"""
Vectors on Postgres with pgvector, in half precision.

A session is a filter, and an index over all sessions knows nothing of it: it returns its nearest so many, of which
the filter leaves perhaps none (0.66 of 10, where a session is 2 % of all). So few vectors are scanned, exactly; only
where they are many the index is asked, and told to go on until there are enough.

Source: pgvector 0.8, "Filtering" and "Iterative index scans"; Malkov, Yashunin, HNSW (TPAMI 2020).
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, bindparam, column, func, select, table, text, true
from sqlalchemy.orm import Session

from store.models import Document
from store.scope import Scope
from store.vectors import Meaning, Readable

#: So many vectors are scanned in a few milliseconds; more are asked of the index.
SCANNED = 10_000

#: What the index of pgvector 0.8 takes in half precision.
_MAX_DIM = 4000

#: How the index is asked: broadly, and on until there are enough, in the order of distance.
_HOW = {"iterative_scan": "strict_order", "ef_search": "80", "max_scan_tuples": "200000"}

_VECTORS = table(
    "vectors",
    *map(column, ("chunk_id", "session_id", "model", "document_id", "dim", "data")),
)


class Halfvecs:
    """The vectors of one database; nothing is kept in memory."""

    def __init__(self, database: Readable) -> None:
        self._database = database

    async def nearest(self, scope: Scope, meaning: Meaning, limit: int) -> list[int]:
        """See `Vectors`."""
        return await self._database.read(nearest, scope, meaning, limit)

    def forget(self, session_id: str) -> None:
        """See `Vectors`: there is nothing."""


def nearest(session: Session, scope: Scope, meaning: Meaning, limit: int) -> list[int]:
    """Return the numbers of the chunks that are nearest, the nearest first."""
    connection = session.connection()
    dim = meaning.vector.shape[0]
    prepared = connection.execute(_prepare(scope.documents), {**scope.values, **_HOW}).one()
    if prepared.passages <= SCANNED or dim > _MAX_DIM:
        query = _scan(scope.documents)
    else:
        query = _ask(scope.documents, meaning.model, dim)
    values = {"session": scope.session_id, "vector": _written(meaning), "most": limit}
    values |= {"model": meaning.model, "dim": dim}
    found = connection.execute(query, {**scope.values, **values}).all()
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


@lru_cache
def _prepare(documents: Select[str]) -> Select[Any]:
    """
    Return the query that says how to ask the index in this transaction, and returns how many passages may be searched.

    Documents know how many they have: to count the vectors takes longer than to find the nearest of them.
    """
    passages = func.coalesce(func.sum(Document.passages), 0).label("passages")
    how = (func.set_config(f"hnsw.{name}", bindparam(name), true()) for name in _HOW)
    return documents.with_only_columns(passages, *how)


@lru_cache
def _scan(documents: Select[str]) -> Select[Any]:
    """Return the query that looks at each vector; MATERIALIZED keeps the planner from asking the index."""
    mine = (
        select(_VECTORS.c.chunk_id, _VECTORS.c.data)
        .where(_VECTORS.c.session_id == bindparam("session"), _VECTORS.c.document_id.in_(documents))
        .where(_VECTORS.c.model == bindparam("model"), _VECTORS.c.dim == bindparam("dim"))
        .cte("mine")
        .prefix_with("MATERIALIZED")
    )
    return (
        select(mine.c.chunk_id, text("data <#> CAST(:vector AS halfvec) AS distance"))
        .select_from(mine)
        .order_by(text("distance"), mine.c.chunk_id)
        .limit(bindparam("most"))
    )


@lru_cache
def _ask(documents: Select[str], model: str, dim: int) -> Select[Any]:
    """
    Return the query that the index answers.

    IS TRUE keeps the planner from joining the documents, whose order would not be that of the index. A partial index
    is only used for what stands in the query itself.
    """
    distance = text(f"CAST(data AS halfvec({dim})) <#> CAST(:vector AS halfvec({dim})) AS distance")
    return (
        select(_VECTORS.c.chunk_id, distance)
        .select_from(_VECTORS)
        .where(_VECTORS.c.session_id == bindparam("session"))
        .where(_VECTORS.c.document_id.in_(documents).is_(true()))
        .where(text(f"model = {_literal(model)} AND dim = {dim}"))
        .order_by(text("distance"))
        .limit(bindparam("most"))
    )


def _written(meaning: Meaning) -> str:
    """Return a vector as pgvector reads it, in more digits than half precision has."""
    numbers = meaning.vector.tolist()
    return "[" + ",".join(["%.5g"] * len(numbers)) % tuple(numbers) + "]"


def _literal(value: str) -> str:
    """Return a text as SQL writes it, in a query where a colon would name a value."""
    return "'" + value.replace("'", "''").replace(":", r"\:") + "'"
