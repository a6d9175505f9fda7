from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from store import critiques, inputs, interviews, participants, sessions
from store.critiques import Visibility
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import now
from store.inputs import Quote
from store.models import Critique, Interview
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


async def _give(database: Database, place: Place) -> None:
    await database.write(
        inputs.add,
        session_id=place.session,
        participant_id=place.person,
        text="Buses.",
        quote=Quote.ANONYMOUS,
    )


async def test_who_reads_may_change_until_somebody_has_given_something(
    database: Database, place: Place
) -> None:
    change = sessions.set_privacy
    for wanted in ({"facilitator_reads_inputs": True}, {"external_ai": False}):
        assert await database.write(change, place.session, **wanted) == wanted
        assert await database.write(change, place.session, **wanted) == {}
    assert await database.write(change, place.session, external_ai=True) == {"external_ai": True}
    await _give(database, place)
    assert await database.write(change, place.session, facilitator_reads_inputs=True) == {}
    with pytest.raises(Conflict, match="given something"):
        await database.write(change, place.session, facilitator_reads_inputs=False)
    assert await database.read(sessions.allows_external_ai, place.session)


async def test_external_ai_can_always_be_forbidden_and_not_allowed_again(
    database: Database, place: Place
) -> None:
    await _give(database, place)
    assert await database.write(sessions.set_privacy, place.session, external_ai=False)
    with pytest.raises(Conflict):
        await database.write(sessions.set_privacy, place.session, external_ai=True)
    both = {"external_ai": False, "facilitator_reads_inputs": True}
    with pytest.raises(Conflict):
        await database.write(sessions.set_privacy, place.session, **both)
    assert not (await database.read(sessions.get, place.session)).facilitator_reads_inputs


async def test_a_withdrawn_input_was_given_all_the_same(database: Database, place: Place) -> None:
    assert not await database.read(sessions.is_in_use, place.session)
    await _give(database, place)

    def withdraw(session: Session) -> None:
        (row,) = inputs.of_session(session, place.session)
        row.withdrawn_at = now()

    await database.write(withdraw)
    assert await database.read(sessions.is_in_use, place.session)


@pytest.mark.parametrize("kind", [Critique, Interview])
async def test_comments_and_conversations_are_given_too(
    database: Database, place: Place, kind: Any
) -> None:
    if kind is Critique:
        await database.write(
            critiques.add,
            session_id=place.session,
            participant_id=place.person,
            text="No.",
            visibility=Visibility.PRIVATE,
            start=None,
            end=None,
            quote="",
        )
    else:
        await database.write(
            interviews.add,
            session_id=place.session,
            participant_id=place.person,
            mode="fixed",
            status="asking",
        )
    assert await database.read(sessions.is_in_use, place.session)
