"""
Finding passages by meaning: what every database must do. `store.vectors_sqlite` and `store.vectors_postgres` do it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from store.scope import Scope

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

    async def nearest(self, scope: Scope, meaning: Meaning, limit: int) -> list[int]:
        """
        Return the numbers of the chunks of a scope that are nearest to a meaning, the nearest first.

        As many as there are up to `limit`, however few of all vectors they are.
        """

    def forget(self, session_id: str) -> None:
        """Drop what is remembered of a session's vectors."""
