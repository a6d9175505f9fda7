from __future__ import annotations

import pytest

from store import participants, sessions
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.participants import Role
from store.sessions import Phase, Type
from store.testing import Place, a_place


async def test_a_session_starts_by_gathering(database: Database, place: Place) -> None:
    found = await database.read(sessions.get, place.session)
    assert (found.phase, found.type) == (Phase.GATHERING.value, Type.OTHER.value)
    assert not found.facilitator_reads_inputs


async def test_a_session_that_does_not_exist_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound, match="session"):
        await database.read(sessions.get, "none")


async def test_facilitators_see_only_their_own_sessions(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    found = await database.read(sessions.of_facilitator, place.facilitator)
    assert [one.id for one in found] == [place.session]
    found = await database.read(sessions.of_facilitator, other.facilitator)
    assert [one.id for one in found] == [other.session]


async def test_people_see_the_sessions_they_are_in(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    await database.write(a_place, "Cem")
    found = await database.read(sessions.of_people, [place.person, other.person])
    assert [one.id for one in found] == [other.session, place.session]
    assert await database.read(sessions.of_people, []) == []


async def test_who_was_removed_does_not_see_the_session_any_more(
    database: Database, place: Place
) -> None:
    def remove(session: object) -> None:
        person = participants.get(session, place.person, session_id=place.session)  # type: ignore[arg-type]
        person.removed_at = now()

    await database.write(remove)
    assert await database.read(sessions.of_people, [place.person]) == []


async def test_somebody_twice_in_a_session_sees_it_once(database: Database, place: Place) -> None:
    second = await database.write(
        participants.add, session_id=place.session, name="Ana again", role=Role.OBSERVER
    )
    found = await database.read(sessions.of_people, [place.person, second.id])
    assert [one.id for one in found] == [place.session]
