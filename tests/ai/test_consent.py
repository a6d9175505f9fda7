"""`ai.consent`: quotes as their authors allow them now."""

from __future__ import annotations

from typing import Any

import pytest

from ai.consent import Consent, Terms, unquoted

NAMED = {"input": "a", "quote": "Buses on Sundays.", "author": "Ana", "document": None}
FILE = {
    "input": "f",
    "quote": "The port grows.",
    "author": "Ana",
    "document": {"name": "plan.md", "place": {"kind": "page", "number": 2}, "open": True},
}


@pytest.mark.parametrize(
    ("terms", "quote", "author"),
    [
        (Terms(quotable=True, named=True), "Buses on Sundays.", "Ana"),
        (Terms(quotable=True, named=False), "Buses on Sundays.", None),
        (Terms(quotable=False, named=False), None, None),
        (None, None, None),  # it was taken back
    ],
)
def test_what_is_allowed_now_is_shown(terms: Any, quote: str | None, author: str | None) -> None:
    found = Consent({"a": terms} if terms else {}).of({**NAMED, "citation": "c"})
    assert (found["quote"], found["author"], found["citation"]) == (quote, author, "c")


def test_what_was_withheld_stays_withheld() -> None:
    found = Consent({"a": Terms(True, True)}).of({**NAMED, "quote": None, "author": None})
    assert (found["quote"], found["author"]) == (None, None)


@pytest.mark.parametrize(
    ("terms", "name", "shown"),
    [
        (Terms(True, True, (True, True)), "plan.md", True),
        (Terms(True, False, (False, False)), None, False),
        (None, None, False),
    ],
)
def test_a_file_is_told_as_its_giver_allows(terms: Any, name: str | None, shown: bool) -> None:
    found = Consent({"f": terms} if terms else {}).of(FILE)["document"]
    assert (found["name"], found["open"]) == (name, shown)
    assert found["place"] == FILE["document"]["place"]  # type: ignore[index]


def test_inputs_that_are_not_quoted_are_counted_once_and_files_are_none() -> None:
    hidden = {**NAMED, "quote": None}
    assert unquoted([NAMED, hidden, hidden, {**hidden, "input": "b"}, {**FILE, "quote": None}]) == 2
