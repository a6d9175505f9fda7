from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from store import facilitators, participants
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.participants import Role
from store.testing import Place, a_place


def _remove(session: Session, place: Place) -> None:
    participants.get(session, place.person, session_id=place.session).removed_at = now()


@pytest.mark.parametrize(
    ("role", "may"), [(Role.FACILITATOR, True), (Role.PARTICIPANT, True), (Role.OBSERVER, False)]
)
def test_only_observers_change_nothing(role: Role, may: bool) -> None:
    assert role.may_write is may


async def test_people_are_found_in_their_own_session_only(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    found = await database.read(participants.get, place.person, session_id=place.session)
    assert found.name == "Ana"
    with pytest.raises(NotFound):
        await database.read(participants.get, place.person, session_id=other.session)
    with pytest.raises(NotFound):
        await database.read(participants.get, "nobody", session_id=place.session)


async def test_who_was_removed_is_not_there_any_more_but_still_has_a_name(
    database: Database, place: Place
) -> None:
    await database.write(_remove, place)
    with pytest.raises(NotFound):
        await database.read(participants.get, place.person, session_id=place.session)
    assert await database.read(participants.of_session, place.session) == []
    assert await database.read(participants.names, place.session) == {place.person: "Ana"}


async def test_people_are_listed_in_the_order_of_joining(database: Database, place: Place) -> None:
    for name in ("Ben", "Cem"):
        await database.write(
            participants.add, session_id=place.session, name=name, role=Role.PARTICIPANT
        )
    found = await database.read(participants.of_session, place.session)
    assert [one.name for one in found] == ["Ana", "Ben", "Cem"]


async def test_a_facilitator_is_somebody_in_the_sessions_they_made(
    database: Database, place: Place
) -> None:
    made = await database.write(
        participants.add,
        session_id=place.session,
        name="Host",
        role=Role.FACILITATOR,
        facilitator_id=place.facilitator,
    )
    other = await database.write(facilitators.add, "Another host", "another token")
    of_facilitator = participants.of_facilitator
    found = await database.read(of_facilitator, place.session, place.facilitator)
    assert found is not None
    assert found.id == made.id
    assert await database.read(of_facilitator, place.session, other.id) is None
