"""`collab.frozen`: one text, one hash."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab import frozen
from collab.statement import Block, Span

spans = st.builds(
    Span, st.text(min_size=1), st.booleans(), st.booleans(), st.none() | st.text(max_size=9)
)
blocks = st.lists(
    st.builds(
        Block,
        st.sampled_from(["paragraph", "heading", "quote", "bullet", "ordered"]),
        st.integers(0, 6),
        st.lists(spans, max_size=4).map(tuple),
    ),
    max_size=4,
)


@given(blocks)
def test_a_text_reads_back_with_the_same_hash(text: list[Block]) -> None:
    value = frozen.to_json(text)
    assert json.loads(frozen.canonical(value)) == value
    again = frozen.from_json(value)
    assert frozen.plain(again) == frozen.plain(text)
    assert frozen.digest(frozen.to_json(again)) == frozen.digest(value)


def test_how_a_text_was_typed_is_no_part_of_it() -> None:
    one = [Block("paragraph", 0, (Span("We agree."),))]
    other = [Block("paragraph", 0, (Span("We "), Span("agree"), Span(".")))]
    assert frozen.to_json(one) == frozen.to_json(other)


@pytest.mark.parametrize(
    "other",
    [
        [Block("paragraph", 0, (Span("We agree!"),))],
        [Block("quote", 0, (Span("We agree."),))],
        [Block("bullet", 1, (Span("We agree."),))],
        [Block("paragraph", 0, (Span("We agree.", bold=True),))],
        [Block("paragraph", 0, (Span("We "), Span("agree.", italic=True)))],
        [Block("paragraph", 0, (Span("We agree.", link="https://example.org"),))],
        [Block("paragraph", 0, (Span("We agree."),)), Block("paragraph", 0, ())],
        [],
    ],
)
def test_every_change_of_text_or_look_is_another_hash(other: list[Block]) -> None:
    one = [Block("paragraph", 0, (Span("We agree."),))]
    assert frozen.digest(frozen.to_json(one)) != frozen.digest(frozen.to_json(other))


def test_another_program_can_compute_the_hash() -> None:
    value = frozen.to_json([Block("heading", 2, (Span("Größe 🎉"), Span("x", bold=True)))])
    by_hand = (
        '[{"kind":"heading","level":2,"spans":[{"text":"Größe 🎉"},{"bold":true,"text":"x"}]}]'
    )
    assert frozen.digest(value) == hashlib.sha256(by_hand.encode()).hexdigest()


def test_half_a_character_has_a_hash_too() -> None:
    assert len(frozen.digest(frozen.to_json([Block("paragraph", 0, (Span("\ud83c"),))]))) == 64
