from __future__ import annotations

import pytest

from store import critiques, participants
from store.critiques import Visibility
from store.database import Database
from store.errors import NotFound
from store.models import Critique
from store.participants import Role
from store.testing import Place, a_place


async def _give(database: Database, place: Place, person: str, visibility: Visibility) -> Critique:
    return await database.write(
        critiques.add,
        session_id=place.session,
        participant_id=person,
        text=f"{visibility.value} one of {person}",
        visibility=visibility,
        start={"tname": "consensus-statement", "assoc": 0},
        end=None,
        quote="the words",
    )


@pytest.fixture
async def ben(database: Database, place: Place) -> str:
    person = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    return person.id


async def test_people_see_the_open_critiques_and_their_own_private_ones(
    database: Database, place: Place, ben: str
) -> None:
    given = {
        (person, visibility): (await _give(database, place, person, visibility)).id
        for person in (place.person, ben)
        for visibility in Visibility
    }
    seen = await database.read(critiques.seen_by, place.session, ben)
    assert {one.id for one in seen} == set(given.values()) - {
        given[place.person, Visibility.PRIVATE]
    }


async def test_a_private_critique_is_for_the_bot_and_not_for_exports(
    database: Database, place: Place
) -> None:
    for visibility in Visibility:
        await _give(database, place, place.person, visibility)
    for_bot = await database.read(critiques.unresolved, place.session)
    assert [one.visibility for one in for_bot] == ["open", "private"]
    exported = await database.read(critiques.unresolved, place.session, Visibility.OPEN)
    assert [one.visibility for one in exported] == ["open"]


async def test_a_settled_critique_stays_settled_by_who_was_first(
    database: Database, place: Place, ben: str
) -> None:
    row = await _give(database, place, place.person, Visibility.OPEN)
    await database.write(critiques.resolve, row, by=place.person)
    await database.write(critiques.resolve, row, by=ben)
    found = await database.read(critiques.get, row.id, session_id=place.session)
    assert found.resolved_by == place.person
    assert await database.read(critiques.unresolved, place.session) == []
    assert len(await database.read(critiques.seen_by, place.session, ben)) == 1


async def test_a_critique_of_another_session_is_not_found(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    row = await _give(database, place, place.person, Visibility.OPEN)
    with pytest.raises(NotFound, match="critique"):
        await database.read(critiques.get, row.id, session_id=other.session)
    assert await database.read(critiques.seen_by, other.session, other.person) == []


async def test_a_critique_keeps_its_place_as_it_was_given(database: Database, place: Place) -> None:
    row = await _give(database, place, place.person, Visibility.OPEN)
    found = await database.read(critiques.get, row.id, session_id=place.session)
    assert found.start == {"tname": "consensus-statement", "assoc": 0}
    assert (found.end, found.quote) == (None, "the words")
