from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from store import audit, documents, erasures, inputs, runs
from store.database import Database
from store.errors import Conflict, NotFound
from store.inputs import Quote
from store.models import Input
from store.runs import Trigger
from store.testing import Place, a_place


async def given(database: Database, place: Place, text: str = "Buses on Sundays.") -> Input:
    return await database.write(
        inputs.add,
        session_id=place.session,
        participant_id=place.person,
        text=text,
        quote=Quote.NAMED,
    )


def whose(place: Place) -> dict[str, str]:
    return {"session_id": place.session, "participant_id": place.person}


async def test_an_input_loses_its_text_when_it_is_asked_for(
    database: Database, place: Place
) -> None:
    row = await given(database, place)
    asked = await database.write(erasures.ask_input, row.id, **whose(place))
    assert (asked.words, asked.kind, asked.since) == (
        ["Buses on Sundays."],
        "input",
        row.created_at,
    )
    assert await database.read(inputs.of_session, place.session) == []
    left = await database.read(lambda session: session.get_one(Input, row.id))
    assert left.text == ""
    assert left.withdrawn_at is not None
    (entry,) = await database.read(audit.entries, place.session)
    assert (entry.action, entry.actor, entry.subject) == ("input.erased", place.person, row.id)


async def test_a_withdrawn_input_can_be_erased_and_nothing_twice(
    database: Database, place: Place
) -> None:
    row = await given(database, place)
    await database.write(
        lambda session: setattr(session.get_one(Input, row.id), "withdrawn_at", row.created_at)
    )
    await database.write(erasures.ask_input, row.id, **whose(place))
    with pytest.raises(NotFound):
        await database.write(erasures.ask_input, row.id, **whose(place))


async def test_a_document_goes_with_its_name_and_text(database: Database, place: Place) -> None:
    def give(session: Session) -> None:
        documents.add(
            session,
            ident="d1",
            session_id=place.session,
            participant_id=place.person,
            name="plan.pdf",
            size=3,
            sha256="0" * 64,
        )
        documents.save_text(session, "d1", text="What it says.", blocks=[])

    await database.write(give)
    asked = await database.write(erasures.ask_document, "d1", **whose(place))
    assert asked.words == ["plan.pdf", "What it says."]
    assert await database.read(documents.find, "d1") is None
    with pytest.raises(NotFound):
        await database.read(documents.text_of, "d1")


async def test_nobody_erases_what_is_somebody_elses(database: Database, place: Place) -> None:
    row = await given(database, place)
    other = await database.write(a_place, "Ben")
    for people in (whose(other), whose(place) | {"participant_id": other.person}):
        for ask in (erasures.ask_input, erasures.ask_document, erasures.ask_again):
            with pytest.raises(NotFound):
                await database.write(ask, row.id, **people)
    await database.write(erasures.ask_input, row.id, **whose(place))
    with pytest.raises(NotFound):
        await database.write(erasures.ask_again, row.id, **whose(other))


async def test_no_run_begins_until_the_copies_are_gone(database: Database, place: Place) -> None:
    row = await given(database, place)
    await database.write(erasures.ask_input, row.id, **whose(place))

    def start(session: Session) -> None:
        runs.add(
            session,
            session_id=place.session,
            mode="extractive",
            model=None,
            trigger=Trigger.FACILITATOR,
        )

    with pytest.raises(Conflict) as caught:
        await database.write(start)
    assert caught.value.reason == "erasing"
    await database.write(erasures.set_cleaned, row.id)
    await database.write(start)


async def test_what_it_said_is_forgotten_before_it_is_done_and_the_numbers_stay(
    database: Database, place: Place
) -> None:
    row = await given(database, place)
    await database.write(erasures.ask_input, row.id, **whose(place))
    assert await database.read(erasures.history_begins, place.session) is None
    await database.write(erasures.note, row.id, {"suggestions": 3, "in_statement": 1})
    await database.write(erasures.note, row.id, {"suggestions": 0, "in_statement": 0})
    await database.write(erasures.set_cleaned, row.id)
    assert list(await database.read(erasures.pending)) == [row.id]
    cleaned = await database.read(erasures.get, row.id)
    assert cleaned.words == []
    assert cleaned.found == {"suggestions": 3, "in_statement": 0}
    assert await database.read(erasures.history_begins, place.session) == cleaned.cleaned_at
    for _ in range(2):  # done again after a kill, told once
        await database.write(erasures.set_done, row.id)
    assert list(await database.read(erasures.pending)) == []
    entries = await database.read(audit.entries, place.session)
    assert [one.action for one in entries] == ["input.erased", "erasure.done"]
    assert entries[1].details == {"suggestions": 3, "in_statement": 0}


async def test_it_can_be_looked_for_again(database: Database, place: Place) -> None:
    row = await given(database, place)
    await database.write(erasures.ask_input, row.id, **whose(place))
    await database.write(erasures.ask_again, row.id, **whose(place))  # it is at work already
    assert len(await database.read(audit.entries, place.session)) == 1
    await database.write(erasures.set_cleaned, row.id)
    await database.write(erasures.set_done, row.id)
    again = await database.write(erasures.ask_again, row.id, **whose(place))
    assert (again.cleaned_at, again.done_at) == (None, None)
    (mine,) = await database.read(erasures.of_participant, place.session, place.person)
    assert mine.id == row.id
    assert list(await database.read(erasures.pending)) == [row.id]


async def test_an_erasure_that_never_was_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await database.read(erasures.get, "never")
