from __future__ import annotations

from datetime import timedelta

import pytest

from store import participants, roomtokens
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.participants import Role
from store.roomtokens import NewToken
from store.testing import Place, a_place

HOUR = timedelta(hours=1)


async def _token(database: Database, place: Place, subject: str = "script") -> NewToken:
    return await database.write(
        roomtokens.add,
        session_id=place.session,
        made_by=place.person,
        role=Role.PARTICIPANT,
        subject=subject,
        name="A script",
        lifetime=HOUR,
    )


async def test_a_token_is_good_until_it_expires(database: Database, place: Place) -> None:
    made = await _token(database, place)
    found = await database.read(roomtokens.by_secret, made.secret, at=now())
    assert (found.id, found.subject) == (made.token.id, "script")
    with pytest.raises(NotFound):
        await database.read(roomtokens.by_secret, made.secret, at=now() + HOUR)


async def test_a_forged_token_is_not_found(database: Database, place: Place) -> None:
    made = await _token(database, place)
    for wrong in ("", made.token.id, made.token.token_hash, made.secret + "x"):
        with pytest.raises(NotFound, match="room token"):
            await database.read(roomtokens.by_secret, wrong, at=now())


async def test_a_revoked_token_is_dead_and_its_renewal_is_not(
    database: Database, place: Place
) -> None:
    old, new = await _token(database, place), await _token(database, place)
    await database.write(roomtokens.revoke, old.token.id, session_id=place.session)
    with pytest.raises(NotFound):
        await database.read(roomtokens.by_secret, old.secret, at=now())
    found = await database.read(roomtokens.by_secret, new.secret, at=now())
    assert found.subject == "script"


async def test_the_tokens_of_who_was_removed_are_dead(database: Database, place: Place) -> None:
    made = await _token(database, place)
    await database.write(
        lambda session: setattr(
            participants.get(session, place.person, session_id=place.session), "removed_at", now()
        )
    )
    with pytest.raises(NotFound):
        await database.read(roomtokens.by_secret, made.secret, at=now())


async def test_tokens_of_another_session_can_neither_be_seen_nor_revoked(
    database: Database, place: Place
) -> None:
    other = await database.write(a_place, "Ben")
    made = await _token(database, place)
    assert await database.read(roomtokens.of_session, other.session) == []
    with pytest.raises(NotFound):
        await database.write(roomtokens.revoke, made.token.id, session_id=other.session)
    await database.read(roomtokens.by_secret, made.secret, at=now())


async def test_tokens_are_listed_the_newest_first(database: Database, place: Place) -> None:
    first, second = await _token(database, place, "a"), await _token(database, place, "b")
    found = await database.read(roomtokens.of_session, place.session)
    assert [one.id for one in found] == [second.token.id, first.token.id]
