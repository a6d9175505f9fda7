from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import (
    Anchor,
    BlockKind,
    Extraction,
    Page,
    Row,
    Slide,
    Span,
    Under,
    Writer,
    anchor_json,
    anchor_of,
    clean,
)
from ingest.errors import Excessive
from tests.ingest.files import check, texts

ANCHORS: list[Anchor] = [
    Page(3, (1.0, 2.5, 3.0, 4.0)),
    Page(1),
    Slide(7, "notes"),
    Row("Budget", 12),
    Under(("Chapter 1", "Aims")),
    Span(1.5, 2.25, "Ana"),
]


@pytest.mark.parametrize("anchor", ANCHORS, ids=repr)
def test_an_anchor_comes_back_from_json(anchor: Anchor) -> None:
    assert anchor_of(json.loads(json.dumps(anchor_json(anchor)))) == anchor


@given(
    st.lists(st.tuples(st.sampled_from(list(BlockKind)), st.text(), st.integers(1, 6)), max_size=20)
)
def test_blocks_address_the_text_exactly_whatever_is_written(
    written: list[tuple[BlockKind, str, int]],
) -> None:
    writer = Writer(10_000)
    for kind, text, level in written:
        writer.add(kind, text, level=level)
    found = writer.extraction("text")
    check(found)
    kept = [(kind.value, clean(text)) for kind, text, _ in written if clean(text)]
    assert texts(found) == kept
    assert Extraction.from_json(json.loads(json.dumps(found.to_json()))) == found


def test_a_block_knows_the_headings_it_is_under() -> None:
    writer = Writer(1000)
    for kind, text, level in (
        (BlockKind.HEADING, "One", 1),
        (BlockKind.HEADING, "Aims", 2),
        (BlockKind.PARAGRAPH, "a", 0),
        (BlockKind.HEADING, "Two", 1),
        (BlockKind.PARAGRAPH, "b", 0),
    ):
        writer.add(kind, text, level=level)
    anchors = [one.anchor for one in writer.extraction("text").blocks]
    assert anchors == [
        Under(()),
        Under(("One",)),
        Under(("One", "Aims")),
        Under(()),
        Under(("Two",)),
    ]


def test_every_character_leads_back_to_its_block() -> None:
    writer = Writer(1000)
    writer.add(BlockKind.PARAGRAPH, "first", Page(1))
    writer.add(BlockKind.PARAGRAPH, "second", Page(2))
    found = writer.extraction("pdf")
    assert [found.block_at(at).anchor for at in (0, 4, 5, 6, 7, 12)] == [
        Page(1), Page(1), Page(1), Page(1), Page(2), Page(2),
    ]  # fmt: skip


def test_controls_and_half_characters_are_left_out_and_scripts_stay() -> None:
    assert clean("\x00a\x07\r\nb\u2028c\ud800 \u200fעברית 🦊\x9b ") == "a\nb\nc \u200fעברית 🦊"


def test_a_text_that_becomes_too_long_is_refused_by_the_name_of_the_limit() -> None:
    writer = Writer(10)
    writer.add(BlockKind.PARAGRAPH, "x" * 8)
    with pytest.raises(Excessive, match="10 characters of text"):
        writer.add(BlockKind.PARAGRAPH, "y")


def test_a_note_counts_everything_and_names_the_first_places() -> None:
    writer = Writer(10)
    for page in [*range(1, 80), 1, 1]:
        writer.note("hidden-text", page)
    (note,) = writer.extraction("pdf").notes
    assert (note.what, note.count, note.where) == ("hidden-text", 81, tuple(range(1, 51)))
