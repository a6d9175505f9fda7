"""`ai.material` on a real database and a real document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ai import material as module
from ai.errors import RunFailed
from ai.material import Given, Material, anchors_of, changed, look_at, read_given
from collab import positions
from store import critiques, inputs, participants
from store.critiques import Visibility
from store.database import Database
from store.inputs import Quote
from store.models import Input
from store.participants import Role
from store.testing import Place, a_place
from tests.ai.material import an_input, document, material, objection
from tests.migrated import migrated


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(migrated(tmp_path / "accord.db")) as database:
        yield database


@pytest.fixture
async def place(database: Database) -> Place:
    return await database.write(a_place)


async def give(
    database: Database, place: Place, text: str, quote: Quote = Quote.ANONYMOUS, person: str = ""
) -> Input:
    return await database.write(
        inputs.add,
        session_id=place.session,
        participant_id=person or place.person,
        text=text,
        quote=quote,
    )


async def read(database: Database, place: Place, run: str = "run") -> Given:
    return await database.read(read_given, place.session, run)


async def test_an_author_is_named_only_where_they_allow_it(
    database: Database, place: Place
) -> None:
    for quote in (Quote.NAMED, Quote.ANONYMOUS, Quote.NEVER):
        await give(database, place, f"This is {quote.value}.", quote)
    given = await read(database, place)
    assert {one.text: (one.author, one.quotable) for one in given.inputs} == {
        "This is named.": ("Ana", True),
        "This is anonymous.": (None, True),
        "This is never.": (None, False),
    }
    assert given.question == "How should the harbour grow?"


async def test_aliases_change_with_what_is_given_and_are_never_the_same_twice(
    database: Database, place: Place
) -> None:
    """Nobody can know them who writes an input; and a model is asked nothing anew while nothing changes."""
    for number in range(200):
        await give(database, place, f"Wish {number}.")

    async def aliases(run: str) -> list[str]:
        return [one.alias for one in (await read(database, place, run)).inputs]

    first, again = await aliases("one"), await aliases("two")
    assert first == again
    assert len(set(first)) == 200
    await give(database, place, "One wish more.")
    other = await aliases("one")
    assert sum(one == two for one, two in zip(first, other, strict=False)) < 5


async def test_what_was_taken_back_or_changed_since_is_found(
    database: Database, place: Place
) -> None:
    kept, withdrawn, reworded, forbidden = [
        await give(database, place, f"Wish {n}.") for n in range(4)
    ]
    given = look_at(document("One."), await read(database, place))
    assert await database.read(changed, place.session, given) == frozenset()

    def change(session: Any) -> None:
        session.get_one(Input, withdrawn.id).withdrawn_at = datetime.now(UTC)
        session.get_one(Input, reworded.id).text = "Another wish."
        session.get_one(Input, forbidden.id).quote = Quote.NEVER.value

    await database.write(change)
    found = await database.read(changed, place.session, given)
    assert found == {withdrawn.id, reworded.id, forbidden.id}
    assert [one.id for one in given.without(found).inputs] == [kept.id]


async def test_who_writes_a_book_does_not_crowd_out_the_others(
    database: Database, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_INPUT_BYTES", 1000)
    ben = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    await give(database, place, "wörd " * 1000)
    await give(database, place, "A short wish.", person=ben.id)
    given = await read(database, place)
    long, short = given.inputs
    assert (short.text, short.whole) == ("A short wish.", True)
    assert not long.whole
    assert 900 < len(long.text.encode()) <= 1000
    assert "too long together" in given.unread[0]


async def test_critiques_come_with_the_sentence_they_are_about(
    database: Database, place: Place
) -> None:
    for text, quote, visibility in (
        ("How slowly?", "grows slowly", Visibility.OPEN),
        ("I was threatened.", "", Visibility.PRIVATE),
    ):
        await database.write(
            critiques.add,
            session_id=place.session,
            participant_id=place.person,
            text=text,
            visibility=visibility,
            start=None,
            end=None,
            quote=quote,
        )
    looked = look_at(document("All agree. The harbour grows slowly."), await read(database, place))
    assert [(one.text, one.sentence, one.private) for one in looked.critiques] == [
        ("How slowly?", "s2", False),
        ("I was threatened.", None, True),
    ]


def test_a_sentences_anchors_hold_on_to_it_while_others_write() -> None:
    doc = document("Eins 😀. Zwei 漢字! Drei.")
    looked = look_at(doc, Given(question="?"))
    assert [one.text for one in looked.sentences] == ["Eins 😀.", "Zwei 漢字!", "Drei."]
    doc.edit(lambda it: positions.insert(it.statement, 0, "Vorweg. "))
    for one in looked.sentences:
        start, end = positions.resolve_range(doc, *anchors_of(one))
        text = positions.measure(doc.statement).text
        assert text[start:end] == one.text


def test_a_statement_too_long_to_work_on_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_SENTENCES", 3)
    with pytest.raises(RunFailed, match="4 sentences; the bot can work on 3"):
        look_at(document("One. Two. Three. Four."), Given(question="?"))


def test_it_survives_being_stored() -> None:
    found = material(
        an_input("kqz", "A wish.", author="Ana", whole=False),
        statement="One. Two.",
        critiques=(objection("No!", quote="One."),),
        proposed=("Three.",),
    )
    assert Material.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert found.input("kqz") is found.inputs[0]
    assert found.input("zzz") is None
    assert found.sentence("s2") is found.sentences[1]
    assert found.sentence("s9") is None
