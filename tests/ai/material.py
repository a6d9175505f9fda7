"""Material for tests of what is made of it."""

from __future__ import annotations

from typing import Any

from ai.material import Given, GivenCritique, GivenInput, Material, look_at
from collab import positions
from collab.document import SEED, Document

HARBOUR = "The harbour needs a quiet basin for small boats. Cruise ships stay outside."
BUSES = "Buses must run on Sundays, or nobody gets to work."
SECRET = "My firm is going to close the yard next spring."


def an_input(alias: str, text: str, **fields: Any) -> GivenInput:
    """Return an input of somebody of its own, quotable without a name."""
    values: dict[str, Any] = {
        "id": f"id-{alias}",
        "alias": alias,
        "person": f"person-{alias}",
        "author": None,
        "quotable": True,
        "text": text,
    }
    return GivenInput(**(values | fields))


def objection(text: str, *, quote: str = "", private: bool = False) -> GivenCritique:
    """Return a critique."""
    return GivenCritique(text=text, quote=quote, sentence=None, private=private)


def document(text: str = "") -> Document:
    """Return a document whose statement is this text."""
    made = Document()
    made.apply(SEED)
    if text:
        made.edit(lambda document: positions.insert(document.statement, 0, text))
    return made


def material(
    *inputs: GivenInput,
    statement: str = "",
    critiques: tuple[GivenCritique, ...] = (),
    proposed: tuple[str, ...] = (),
) -> Material:
    """Return material; without inputs, two that may be quoted and one that may not."""
    given = Given(
        question="How should the harbour grow?",
        inputs=inputs
        or (
            an_input("kqz", HARBOUR),
            an_input("bcd", BUSES, author="Ana"),
            an_input("wxy", SECRET, quotable=False),
        ),
        critiques=critiques,
        proposed=proposed,
    )
    return look_at(document(statement), given)
