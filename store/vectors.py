"""
Finding passages by meaning: what every database must do. `store.vectors_sqlite` and `store.vectors_postgres` do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select
from sqlalchemy.orm import Session

P = ParamSpec("P")
T = TypeVar("T")

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Meaning:
    """A query's embedding: ``float32[dim]``, of length one."""

    model: str
    vector: Floats


class Readable(Protocol):
    """A database that can be asked: `store.database.Database` or `store.postgres.PostgresDatabase`."""

    async def read(
        self,
        query: Callable[Concatenate[Session, P], T],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Run a query that changes nothing, on what is there at one moment."""


class Vectors(Protocol):
    """The embeddings of a database."""

    async def nearest(
        self, session_id: str, meaning: Meaning, readable: Select[str], limit: int
    ) -> list[int]:
        """
        Return the numbers of the chunks that are nearest to a meaning, the nearest first.

        Args:
            readable: The query for the documents that may be searched. Nothing of another one is returned, and as
                many as there are up to `limit` are, however few of all vectors they are.
        """

    def forget(self, session_id: str) -> None:
        """Drop what is remembered of a session's vectors."""
