from __future__ import annotations

from store.search import fuse
from store.testing import SearchContract


class TestSearch(SearchContract):
    """The contract on SQLite; on Postgres: `tests.store.test_postgres`."""


def test_fusing_ranks_what_is_in_both_before_what_is_first_in_one() -> None:
    fused = fuse({"words": [1, 2, 3], "meaning": [4, 3]})
    assert [(ident, names) for ident, _, names in fused] == [
        (3, ("words", "meaning")),
        (1, ("words",)),
        (4, ("meaning",)),
        (2, ("words",)),
    ]
    assert fused[0][1] == 1 / 63 + 1 / 62
