from __future__ import annotations

import json
from typing import Any

import pytest

from ai.places import locate
from ingest.blocks import Anchor, BlockKind, Page, Row, Slide, Under, Writer, blocks_json

REPEATED = "The quay stays open."


def _document(*blocks: tuple[str, Anchor]) -> tuple[str, list[Any]]:
    writer = Writer(10_000)
    for text, anchor in blocks:
        writer.add(BlockKind.PARAGRAPH, text, anchor)
    made = writer.extraction("pdf")
    return made.text, json.loads(json.dumps(blocks_json(made.blocks)))  # as a database gives them


PAGES = _document(
    (REPEATED, Page(1, (0, 0, 1, 1))),
    ("Other words.", Page(2)),
    (f"And again: {REPEATED}", Page(2, (0, 2, 1, 3))),
    ("The end of it", Page(3)),
    ("goes on here.", Page(4)),
)


@pytest.mark.parametrize(
    ("place", "at"),
    [
        ({"kind": "page", "number": 1}, 0),
        ({"kind": "page", "number": 2}, 1),
        ({"kind": "page", "number": 2, "box": [9, 9, 9, 9]}, 1),
        (None, 0),
        ({"kind": "page", "number": 99}, 0),
        ({"kind": "slide", "number": 2}, 0),
    ],
)
def test_words_that_stand_twice_are_found_at_the_place(
    place: dict[str, Any] | None, at: int
) -> None:
    text, blocks = PAGES
    every = [text.index(REPEATED), text.rindex(REPEATED)]
    assert locate(text, blocks, place, REPEATED) == (every[at], every[at] + len(REPEATED))


def test_a_quote_is_found_as_it_was_checked_when_it_was_made() -> None:
    text, blocks = _document(("He said: “Ships\nmust wait”.", Page(1)))
    start, end = locate(text, blocks, {"kind": "page", "number": 1}, 'He said: "Ships must wait"')
    assert text[start:end].startswith("He said")
    assert text[start:end].endswith("must wait")


def test_a_quote_may_go_on_over_the_edge_of_a_page() -> None:
    text, blocks = PAGES
    quote = "The end of it goes on here."
    start, end = locate(text, blocks, {"kind": "page", "number": 3}, quote)
    assert " ".join(text[start:end].split()) == quote


@pytest.mark.parametrize("quote", ["", "  ", "Nobody says this anywhere."])
def test_without_a_quote_it_opens_at_the_place(quote: str) -> None:
    text, blocks = PAGES
    at = text.index("Other words.")
    assert locate(text, blocks, {"kind": "page", "number": 2}, quote) == (at, at)
    assert locate(text, blocks, None, quote) == (0, 0)


def test_slides_rows_and_headings_are_places_too() -> None:
    text, blocks = _document(
        (REPEATED, Slide(1)),
        (REPEATED, Slide(1, "notes")),
        (REPEATED, Row("Budget", 7)),
        (REPEATED, Under(("Harbour", "Ships"))),
    )
    starts = [block[1] for block in blocks]
    for place, at in (
        ({"kind": "slide", "number": 1, "part": "notes"}, 1),
        ({"kind": "row", "number": 7, "sheet": "Budget"}, 2),
        ({"kind": "row", "number": 7}, 2),
        ({"kind": "under", "headings": ["Harbour", "Ships"]}, 3),
    ):
        assert locate(text, blocks, place, REPEATED)[0] == starts[at]


def test_a_place_that_says_nothing_is_none() -> None:
    text, blocks = PAGES
    for place in ({}, {"kind": "page"}, {"kind": ["page"]}, {"number": 2}):
        assert locate(text, blocks, place, "") == (0, 0)
