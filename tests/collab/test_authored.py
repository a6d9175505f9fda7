"""`collab.authored`: in blocks or in one piece, it is the same."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab import authored
from collab.authored import Authored

#: At, how many bytes, and whether they are put in or taken out.
STEPS = st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40), st.booleans()), max_size=60)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authored, "_BLOCK", 8)


@given(start=st.integers(0, 60), steps=STEPS)
def test_what_is_done_to_it_is_what_is_done_to_a_text(
    start: int, steps: list[tuple[int, int, bool]]
) -> None:
    text = bytearray(range(start))
    authors = [7] * start
    written = Authored(bytes(text), array("i", authors))
    for author, (at, length, puts_in) in enumerate(steps):
        at = min(at, len(text))
        if puts_in:
            content = bytes((author + n) % 256 for n in range(length))
            written.insert(at, content, author)
            text[at:at] = content
            authors[at:at] = [author] * length
        else:
            assert written.delete(at, length) == text[at : at + length]
            del text[at : at + length]
            del authors[at : at + length]
        assert written.text == text
        assert list(written.authors) == authors


def test_a_long_text_is_in_blocks_that_stay_short() -> None:
    written = Authored(bytes(100), array("i", [0]) * 100)
    for _ in range(100):
        written.insert(50, b"word", 1)
    assert len(written.text) == 500
    assert max(map(len, written._texts)) <= 16
    assert list(map(len, written._texts)) == list(map(len, written._authors))


def test_all_of_it_can_go_and_come_again() -> None:
    written = Authored(bytes(100), array("i", [0]) * 100)
    assert written.delete(0, 100) == bytes(100)
    assert written.text == b""
    written.insert(0, b"again", 2)
    assert (written.text, list(written.authors)) == (b"again", [2] * 5)
