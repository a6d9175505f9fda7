from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from ai.material import Material
from ai.traces import Traces
from store.ids import now
from store.models import Erasure

SAID = "The harbour needs a quiet basin for all of its anglers."
BY_SOMEBODY_ELSE = "Cruise ships should stay outside of the old pier at night."
STANDS = "We keep the market where it has been for two hundred years."


def traces(*words: str, drawn: tuple[str, ...] = ()) -> Traces:
    erasure = Erasure(id="i1", session_id="s", since=now(), words=list(words))
    return Traces.of(erasure, 1, f"{STANDS}\n", drawn=drawn, others=[BY_SOMEBODY_ELSE])


def source(ident: str, quote: str | None = "words") -> dict[str, Any]:
    return {
        "citation": f"c-{ident}",
        "input": ident,
        "start": 3,
        "end": 9,
        "quote": quote,
        "author": "Ana",
        "document": None,
    }


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        (SAID, True),
        ("They say: the harbour needs a quiet basin for anglers too.", True),
        ("THE HARBOUR NEEDS A QUIET BASIN, they say.", True),
        ("The harbour needs a lot.", False),
        (STANDS, False),
        (BY_SOMEBODY_ELSE, False),
        ("", False),
        (None, False),
    ],
)
def test_what_repeats_its_words_is_told_from_what_others_say(
    text: str | None, repeats: bool
) -> None:
    whole = f"{SAID} {STANDS} {BY_SOMEBODY_ELSE}"
    assert traces(whole).repeated_in(text) is repeats


def test_what_a_model_made_of_it_is_told_as_well() -> None:
    made = "Anglers get a calm part of the port for themselves."
    assert not traces(SAID).repeated_in(made)
    assert traces(SAID, drawn=(made,)).repeated_in(f"Instead of: {made}")


def test_few_words_are_told_as_a_whole_text_and_not_as_a_part() -> None:
    found = traces("Jetties!", drawn=("No jetties.", "", STANDS))
    assert found.repeated_in("Jetties!")
    assert found.repeated_in(" No jetties.\n")
    assert not found.repeated_in("Jetties! are what somebody wants.")
    assert not found.repeated_in(STANDS)
    assert not found.repeated_in("")


def test_a_text_stands_only_as_it_is() -> None:
    found = traces(SAID)
    assert found.stands(STANDS)
    assert not found.stands(SAID)
    assert not found.stands("")
    assert not found.stands(None)


def test_of_a_source_nothing_is_left_but_that_there_was_one() -> None:
    other = source("i2")
    mine, left = traces(SAID).sources([source("i1"), other])
    assert left == other
    assert mine == source("i1", None) | {"start": 0, "end": 0, "author": None, "erased": True}
    assert traces(SAID).sources([mine]) == [mine]


def test_a_document_leaves_neither_name_nor_place() -> None:
    given = source("i1") | {"document": {"name": "plan.pdf", "place": {"kind": "page"}}}
    (left,) = traces(SAID).sources([given])
    assert left["document"] is None


def test_the_material_of_a_round_is_left_without_it() -> None:
    value: dict[str, Any] = {
        "question": "How?",
        "inputs": [{"id": "i1", "text": SAID}, {"id": "i2", "text": BY_SOMEBODY_ELSE}],
        "evidence": [{"id": "i1", "text": SAID}, {"id": "d", "text": "A page."}],
        "proposed": [SAID, STANDS],
        "undecided": [SAID, STANDS],
        "sentences": [{"alias": "s1", "text": STANDS}, {"alias": "s2", "text": SAID}],
        "critiques": [{"text": "Why?", "quote": SAID}, {"text": "Hm.", "quote": STANDS}],
        "unread": [],
    }
    assert traces(SAID).material(value) == value | {
        "inputs": [{"id": "i2", "text": BY_SOMEBODY_ELSE}],
        "evidence": [{"id": "d", "text": "A page."}],
        "proposed": [STANDS],
        "undecided": [STANDS],
        "sentences": [{"alias": "s1", "text": STANDS}, {"alias": "s2", "text": ""}],
        "critiques": [{"text": "Why?", "quote": ""}, {"text": "Hm.", "quote": STANDS}],
    }


def test_every_part_of_the_material_has_been_thought_of() -> None:
    """A part that is new may hold words too: `Traces.material` has to go through it, and only then it stands here."""
    gone_through = {"inputs", "evidence", "proposed", "undecided", "sentences", "critiques"}
    without_words_of_theirs = {"question", "empty_start", "unread"}
    assert {one.name for one in fields(Material)} == gone_through | without_words_of_theirs


def test_of_a_candidate_stays_what_owes_nothing_to_it() -> None:
    def draft(text: str, cites: str, reason: str = "They said so.") -> dict[str, Any]:
        return {"text": text, "reason": reason, "citations": [{"input": cites}]}

    kept = draft(BY_SOMEBODY_ELSE, "i2")
    given = [kept, draft("A calm port.", "i1"), draft(SAID, "i2"), draft("Yes.", "i2", SAID)]
    assert traces(SAID).drafts(given) == [kept]
