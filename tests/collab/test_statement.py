from __future__ import annotations

from typing import Any

import pytest

from collab import positions, statement
from collab.document import SEED, Document
from collab.statement import Block, Span


def written(*pieces: tuple[str, dict[str, Any]]) -> Document:
    document = Document()
    for text, look in pieces:
        document.edit(
            lambda d, text=text, look=look: positions.insert(  # type: ignore[misc]
                d.statement, len(statement.text_of(d)), text, look
            )
        )
    return document


def test_a_new_statement_is_one_empty_paragraph() -> None:
    assert statement.blocks(Document(state=SEED)) == [Block("paragraph", 0, ())]


def test_attributes_on_the_newline_make_the_block() -> None:
    document = written(
        ("Title", {}),
        ("\n", {"header": 2}),
        ("plain ", {}),
        ("bold", {"bold": True}),
        (" both", {"bold": True, "italic": True}),
        ("\n", {}),
        ("item", {}),
        ("\n", {"list": "bullet", "indent": 1}),
        ("second", {}),
        ("\n", {"list": "ordered"}),
        ("quoted", {"link": "https://example.org"}),
        ("\n", {"blockquote": True}),
        ("no newline yet", {}),
    )
    assert statement.blocks(document) == [
        Block("heading", 2, (Span("Title"),)),
        Block(
            "paragraph",
            0,
            (Span("plain "), Span("bold", bold=True), Span(" both", bold=True, italic=True)),
        ),
        Block("bullet", 1, (Span("item"),)),
        Block("ordered", 0, (Span("second"),)),
        Block("quote", 0, (Span("quoted", link="https://example.org"),)),
        Block("paragraph", 0, (Span("no newline yet"),)),
    ]


@pytest.mark.parametrize(
    "look",
    [
        {"header": "x"},
        {"header": -1},
        {"header": 1e9},
        {"header": [1]},
        {"list": "todo"},
        {"list": 7},
        {"indent": {}},
        {"header": True},
    ],
)
def test_nonsense_in_attributes_is_a_plain_paragraph(look: dict[str, Any]) -> None:
    (block,) = statement.blocks(written(("x", {"link": 7}), ("\n", look)))
    assert (block.kind, block.text) == ("paragraph", "x")


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        ("\n", 0, "New.\n"),
        ("\n", 1, "\nNew.\n"),
        ("One.\n", 0, "New.\nOne.\n"),
        ("One.\n", 4, "One.\nNew.\n"),
        ("One.\n", 2, "One.\nNew.\n"),
        ("One.\n", 5, "One.\nNew.\n"),
        ("One.\nTwo.\n", 4, "One.\nNew.\nTwo.\n"),
        ("One.\n\nTwo.\n", 3, "One.\nNew.\nTwo.\n"),
        ("One.", 2, "One.\nNew.\n"),
        ("漢字。\n", 3, "漢字。\nNew.\n"),
    ],
)
def test_a_paragraph_goes_on_a_line_of_its_own(before: str, at: int, after: str) -> None:
    document = written((before, {}))
    ranges: list[tuple[int, int]] = []
    document.edit(lambda d: ranges.append(statement.insert_paragraph(d, at, "New.")))
    text = statement.text_of(document)
    assert text == after
    assert text[slice(*ranges[0])] == "New."


def test_a_paragraph_after_a_heading_is_plain_and_leaves_it_a_heading() -> None:
    document = written(("Title", {}), ("\n", {"header": 1}))
    document.edit(lambda d: statement.insert_paragraph(d, 5, "New."))
    assert [(b.kind, b.text) for b in statement.blocks(document)] == [
        ("heading", "Title"),
        ("paragraph", "New."),
    ]


@pytest.mark.parametrize(
    ("before", "at", "after"),
    [
        ("One.\n", 4, "One. New.\n"),
        ("One. \n", 5, "One. New.\n"),
        ("One. Two.\n", 4, "One. New. Two.\n"),
        ("One. Two.\n", 5, "One. New. Two.\n"),
        ("One.\n", 0, "New. One.\n"),
        ("\n", 0, "New.\n"),
    ],
)
def test_a_sentence_gets_the_spaces_it_needs(before: str, at: int, after: str) -> None:
    document = written((before, {}))
    ranges: list[tuple[int, int]] = []
    document.edit(lambda d: ranges.append(statement.insert_sentence(d, at, "New.")))
    text = statement.text_of(document)
    assert text == after
    assert text[slice(*ranges[0])] == "New."


def test_a_replacement_looks_like_what_it_replaces() -> None:
    document = written(("Old", {"bold": True}), (" rest\n", {}))
    document.edit(lambda d: statement.replace(d, 0, 3, "Neü😀"))
    assert document.statement.diff() == [("Neü😀", {"bold": True}), (" rest\n", None)]
