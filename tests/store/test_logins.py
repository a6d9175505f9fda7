from __future__ import annotations

from datetime import timedelta

import pytest

from store import facilitators, logins, participants
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.logins import OpenedLogin
from store.participants import Role
from store.testing import Place, a_place

WEEK = timedelta(days=7)


async def _open(database: Database) -> OpenedLogin:
    return await database.write(logins.open_login, lifetime=WEEK)


async def test_a_login_is_found_by_its_cookie_until_it_expires(database: Database) -> None:
    opened = await _open(database)
    found = await database.read(logins.by_secret, opened.secret, at=now())
    assert found.id == opened.login.id
    with pytest.raises(NotFound):
        await database.read(logins.by_secret, opened.secret, at=now() + WEEK)
    with pytest.raises(NotFound):
        await database.read(logins.by_secret, opened.login.id, at=now())


async def test_a_new_login_is_nobody(database: Database) -> None:
    opened = await _open(database)
    assert await database.read(logins.facilitator_of, opened.login) is None
    assert await database.read(logins.people_of, opened.login) == []


async def test_a_login_acts_for_several_people_the_latest_first(
    database: Database, place: Place
) -> None:
    other = await database.write(a_place, "Ben")
    opened = await _open(database)
    for person in (place.person, other.person, place.person):
        await database.write(logins.bind_person, opened.login.id, person)
    found = await database.read(logins.people_of, opened.login)
    assert [(person.id, where.id) for person, where in found] == [
        (place.person, place.session),
        (other.person, other.session),
    ]


async def test_another_browser_does_not_act_for_them(database: Database, place: Place) -> None:
    opened, other = await _open(database), await _open(database)
    await database.write(logins.bind_person, opened.login.id, place.person)
    assert await database.read(logins.people_of, other.login) == []


async def test_a_login_does_not_act_for_who_was_removed(database: Database, place: Place) -> None:
    opened = await _open(database)
    await database.write(logins.bind_person, opened.login.id, place.person)
    await database.write(
        lambda session: setattr(
            participants.get(session, place.person, session_id=place.session), "removed_at", now()
        )
    )
    assert await database.read(logins.people_of, opened.login) == []


async def test_a_login_is_no_facilitator_any_more_once_they_are_revoked(
    database: Database, place: Place
) -> None:
    opened = await _open(database)
    await database.write(logins.bind_facilitator, opened.login.id, place.facilitator)
    login = await database.read(logins.by_secret, opened.secret, at=now())
    found = await database.read(logins.facilitator_of, login)
    assert found is not None
    assert found.id == place.facilitator
    await database.write(facilitators.revoke, place.facilitator)
    assert await database.read(logins.facilitator_of, login) is None


async def test_signing_out_forgets_the_login_and_nobody_elses(
    database: Database, place: Place
) -> None:
    opened, other = await _open(database), await _open(database)
    for login in (opened, other):
        await database.write(logins.bind_person, login.login.id, place.person)
    await database.write(logins.close_login, opened.secret)
    await database.write(logins.close_login, opened.secret)
    with pytest.raises(NotFound):
        await database.read(logins.by_secret, opened.secret, at=now())
    assert len(await database.read(logins.people_of, other.login)) == 1


async def test_one_browser_may_be_two_people_of_one_session(
    database: Database, place: Place
) -> None:
    second = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    opened = await _open(database)
    for person in (place.person, second.id):
        await database.write(logins.bind_person, opened.login.id, person)
    found = await database.read(logins.people_of, opened.login)
    assert [person.id for person, _ in found] == [second.id, place.person]
