from __future__ import annotations

import pytest

from store import errors


def test_every_error_is_a_store_error() -> None:
    here = errors.__name__
    found = [one for one in vars(errors).values() if getattr(one, "__module__", "") == here]
    assert len(found) == 9
    assert all(issubclass(one, errors.StoreError) for one in found)


def test_what_is_missing_is_named() -> None:
    with pytest.raises(errors.NotFound, match="no such invitation") as caught:
        raise errors.NotFound("invitation")
    assert caught.value.what == "invitation"


def test_a_conflict_carries_a_word_for_programs() -> None:
    assert errors.Conflict("already-decided", "somebody was first").reason == "already-decided"
