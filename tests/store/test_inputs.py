from __future__ import annotations

import pytest

from store import inputs, participants
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.inputs import Quote
from store.models import Input
from store.participants import Role
from store.testing import Place, a_place


async def _give(database: Database, place: Place, text: str, person: str | None = None) -> Input:
    return await database.write(
        inputs.add,
        session_id=place.session,
        participant_id=person or place.person,
        text=text,
        quote=Quote.ANONYMOUS,
    )


async def _withdraw(database: Database, row: Input) -> None:
    await database.write(
        lambda session: setattr(
            inputs.get(session, row.id, session_id=row.session_id), "withdrawn_at", now()
        )
    )


async def _ben(database: Database, place: Place) -> str:
    ben = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    return ben.id


async def test_an_input_comes_back_character_by_character(database: Database, place: Place) -> None:
    text = "Größe: ½ – 日本語 🎉\u200d🏴 \ud7ff e\u0301\n\n\ttab"
    row = await _give(database, place, text)
    found = await database.read(inputs.get, row.id, session_id=place.session)
    assert (found.text, found.quote) == (text, "anonymous")


async def test_people_see_their_own_inputs_and_nobody_elses(
    database: Database, place: Place
) -> None:
    ben = await _ben(database, place)
    mine = await _give(database, place, "mine")
    theirs = await _give(database, place, "theirs", ben)
    found = await database.read(inputs.of_participant, place.session, place.person)
    assert [one.id for one in found] == [mine.id]
    where = {"session_id": place.session, "participant_id": place.person}
    assert (await database.read(inputs.own, mine.id, **where)).text == "mine"
    with pytest.raises(NotFound):
        await database.read(inputs.own, theirs.id, **where)


async def test_an_input_of_another_session_is_not_found(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    row = await _give(database, place, "here")
    with pytest.raises(NotFound):
        await database.read(inputs.get, row.id, session_id=other.session)
    assert await database.read(inputs.of_session, other.session) == []


async def test_the_bot_reads_all_of_a_session_in_the_order_of_giving(
    database: Database, place: Place
) -> None:
    ben = await _ben(database, place)
    for number in range(4):
        await _give(database, place, str(number), ben if number % 2 else None)
    found = await database.read(inputs.of_session, place.session)
    assert [one.text for one in found] == ["0", "1", "2", "3"]


async def test_a_withdrawn_input_is_read_by_nobody(database: Database, place: Place) -> None:
    row = await _give(database, place, "I take this back")
    await _withdraw(database, row)
    assert await database.read(inputs.of_session, place.session) == []
    assert await database.read(inputs.of_participant, place.session, place.person) == []
    with pytest.raises(NotFound):
        await database.read(inputs.get, row.id, session_id=place.session)


async def test_inputs_and_people_are_counted_without_the_withdrawn(
    database: Database, place: Place
) -> None:
    ben = await _ben(database, place)
    gone = await _give(database, place, "gone", ben)
    for text in ("one", "two"):
        await _give(database, place, text)
    assert await database.read(inputs.count, place.session) == (3, 2)
    await _withdraw(database, gone)
    assert await database.read(inputs.count, place.session) == (2, 1)
