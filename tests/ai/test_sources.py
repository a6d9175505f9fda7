"""`ai.sources`: what of a source everybody may see."""

from __future__ import annotations

from typing import Any

import pytest

from ai.sources import by_whom, place_in_words, said_by, shown, shown_document

INPUT = {"citation": "c1", "input": "i1", "start": 3, "end": 9, "quote": "Buses", "author": None}
PAGE = {"kind": "page", "number": 12, "box": [1, 2, 3, 4]}


def of_document(**facts: Any) -> dict[str, Any]:
    document = {"name": None, "place": PAGE, "open": False} | facts
    return INPUT | {"input": "d1", "document": document}


def test_of_an_input_nothing_tells_which_it_is() -> None:
    assert shown(INPUT) == {"citation": "c1", "quote": "Buses", "author": None, "document": None}
    assert (by_whom(INPUT), said_by(INPUT)) == ("a participant", None)
    assert by_whom(INPUT | {"author": "Ana"}) == said_by(INPUT | {"author": "Ana"}) == "Ana"


def test_of_a_document_everybody_sees_the_place_and_who_may_open_it_which_it_is() -> None:
    private, public = of_document(), of_document(name="plan.pdf", open=True)
    assert shown(private)["document"] == {"id": None, "name": None, "place": PAGE}
    assert shown(public)["document"] == {"id": "d1", "name": "plan.pdf", "place": PAGE}
    assert shown_document(private, mine=True) == {"id": "d1", "name": None, "place": PAGE}
    assert by_whom(private) == said_by(private) == "a document, page 12"
    assert by_whom(public | {"author": "Ana"}) == "plan.pdf, page 12, given by Ana"


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (PAGE, "page 12"),
        ({"kind": "slide", "number": 3, "part": "notes"}, "slide 3"),
        ({"kind": "row", "sheet": "Costs", "number": 7}, "row 7 of Costs"),
        ({"kind": "row", "sheet": "", "number": 7}, "row 7"),
        ({"kind": "row", "number": 7}, "row 7"),
        ({"kind": "under", "headings": ["Harbour", "Ships"]}, "under Harbour › Ships"),
        ({"kind": "under", "headings": []}, ""),
        ({"kind": "under"}, ""),
        ({"kind": "span", "start": 92.4, "end": 95.0}, "at 01:32"),
        (None, ""),
    ],
)
def test_a_place_in_words(place: dict[str, Any] | None, words: str) -> None:
    assert place_in_words(place) == words
