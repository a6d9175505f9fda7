from __future__ import annotations

import numpy as np
from sqlalchemy import bindparam, select

from store.database import Database
from store.models import Document
from store.scope import Scope
from store.testing import Place, a_place, give
from store.vectors import Meaning
from store.vectors_sqlite import Matrices

MEANING = Meaning("m", np.array([1, 0], np.float32))


def _only(place: Place, ident: str) -> Scope:
    query = select(Document.id).where(Document.id == bindparam("ident"))
    return Scope(place.session, query, {"ident": ident})


async def test_the_matrix_used_longest_ago_makes_room(database: Database, place: Place) -> None:
    vectors = Matrices(database, cache_bytes=8)
    other = await database.write(a_place, "Ben")
    for where in (place, other):
        ident = await give(database, where, "Ships.", vectors=[(1, 0)])
        assert await vectors.nearest(_only(where, ident), MEANING, 10)
    assert [session for session, _ in vectors._matrices] == [other.session]


async def test_what_has_not_changed_is_not_read_again_and_what_is_forgotten_is(
    database: Database, place: Place
) -> None:
    vectors = Matrices(database)
    ident = await give(database, place, "Ships.", vectors=[(1, 0)])
    matrices: list[object] = []
    for forget in (False, False, True):
        if forget:
            vectors.forget(place.session)
        await vectors.nearest(_only(place, ident), MEANING, 10)
        matrices += vectors._matrices.values()
    assert matrices[0] is matrices[1]
    assert matrices[1] is not matrices[2]


async def test_of_documents_that_may_not_be_read_nothing_is_near(
    database: Database, place: Place
) -> None:
    vectors = Matrices(database)
    far = await give(database, place, "Far.", vectors=[(0.1, 0.99)])
    await give(database, place, *("Near.",) * 30, vectors=[(1, 0)] * 30)
    found = await vectors.nearest(_only(place, far), MEANING, 10)
    assert len(found) == 1
    assert await vectors.nearest(_only(place, "nobody"), MEANING, 10) == []


async def test_who_may_read_nothing_has_no_matrix_read(database: Database, place: Place) -> None:
    vectors = Matrices(database)
    await give(database, place, "Ships.", vectors=[(1, 0)])
    assert await vectors.nearest(_only(place, "nobody"), MEANING, 10) == []
    assert not vectors._matrices
