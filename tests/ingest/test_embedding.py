from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.embedding import batches, unit_length
from ingest.errors import EmbeddingFailed


@given(st.lists(st.integers(1, 100)), st.integers(1, 120), st.integers(1, 9))
def test_batches_hold_everything_once_and_stay_small(
    counts: list[int], most: int, texts: int
) -> None:
    found = list(batches(counts, max_tokens=most, max_texts=texts))
    assert [at for start, end in found for at in range(start, end)] == list(range(len(counts)))
    for start, end in found:
        assert 0 < end - start <= texts
        assert sum(counts[start:end]) <= most or end - start == 1


def test_vectors_become_of_length_one() -> None:
    found = unit_length(np.array([[3, 4], [0.1, 0]], np.float32), 2)
    assert np.allclose(found, np.array([[0.6, 0.8], [1, 0]]))
    assert found.dtype == np.float32


@pytest.mark.parametrize(
    "vectors", [[[0, 0]], [[np.nan, 1]], [[np.inf, 1]], [[1, 0], [0, 1]], [[]], [1, 2]]
)
def test_nonsense_is_an_error(vectors: list[list[float]]) -> None:
    with pytest.raises(EmbeddingFailed):
        unit_length(np.array(vectors, np.float32), 1)
