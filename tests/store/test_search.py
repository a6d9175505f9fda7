from __future__ import annotations

import numpy as np

from store import documents
from store.database import Database
from store.search import Meaning, Search, fuse
from store.testing import Place, SearchContract, a_place, give


class TestSearch(SearchContract):
    """The contract, on every database."""


def test_fusing_ranks_what_is_in_both_before_what_is_first_in_one() -> None:
    fused = fuse({"words": [1, 2, 3], "meaning": [4, 3]})
    assert [(ident, names) for ident, _, names in fused] == [
        (3, ("words", "meaning")),
        (1, ("words",)),
        (4, ("meaning",)),
        (2, ("words",)),
    ]
    assert fused[0][1] == 1 / 63 + 1 / 62


async def test_the_matrix_used_longest_ago_makes_room(database: Database, place: Place) -> None:
    search = Search(database, cache_bytes=8)
    other = await database.write(a_place, "Ben")
    meaning = Meaning("m", np.array([1, 0], np.float32))
    for where in (place, other):
        await give(database, where, "Ships.", vectors=[(1, 0)])
        assert await search.search(where.session, "x", viewer=documents.BOT, meaning=meaning)
    assert [session for session, _ in search._matrices] == [other.session]


async def test_what_has_not_changed_is_not_read_again(database: Database, place: Place) -> None:
    search = Search(database)
    await give(database, place, "Ships.", vectors=[(1, 0)])
    meaning = Meaning("m", np.array([1, 0], np.float32))
    matrices: list[object] = []
    for _ in range(2):
        await search.search(place.session, "x", viewer=documents.BOT, meaning=meaning)
        matrices += search._matrices.values()
    assert matrices[0] is matrices[1]
