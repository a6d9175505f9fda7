from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from store import invitations, participants
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import now
from store.invitations import NewInvitation
from store.participants import Role
from store.testing import Place, a_place

WEEK = timedelta(days=7)


async def _invite(database: Database, place: Place, role: Role = Role.PARTICIPANT) -> NewInvitation:
    return await database.write(
        invitations.add,
        session_id=place.session,
        email="ben@example.org",
        role=role,
        lifetime=WEEK,
    )


async def _join(database: Database, secret: str, name: str, at: datetime | None = None) -> str:
    person = await database.write(invitations.join, secret, name, at=at or now())
    return person.id


async def test_opening_an_invitation_changes_nothing(database: Database, place: Place) -> None:
    """Mail scanners open links before people do."""
    made = await _invite(database, place)
    for _ in range(3):
        found = await database.read(invitations.open_one, made.secret, at=now())
        assert found.id == made.invitation.id
    ((_, person),) = await database.read(invitations.of_session, place.session)
    assert person is None


async def test_joining_makes_a_participant_of_the_invited_role(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place, Role.OBSERVER)
    ident = await _join(database, made.secret, "Ben")
    found = await database.read(participants.get, ident, session_id=place.session)
    assert (found.name, found.role) == ("Ben", "observer")


async def test_joining_again_is_the_same_participant_by_another_name(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place)
    first = await _join(database, made.secret, "Ben")
    assert await _join(database, made.secret, "Benjamin") == first
    found = await database.read(participants.get, first, session_id=place.session)
    assert found.name == "Benjamin"


async def test_two_invitations_are_two_participants(database: Database, place: Place) -> None:
    one, other = await _invite(database, place), await _invite(database, place)
    assert await _join(database, one.secret, "B") != await _join(database, other.secret, "B")


@pytest.mark.parametrize("wrong", ["", "x", "a" * 43])
async def test_a_forged_link_is_not_found(database: Database, place: Place, wrong: str) -> None:
    made = await _invite(database, place)
    for secret in (wrong, made.invitation.id, made.invitation.token_hash):
        with pytest.raises(NotFound, match="invitation"):
            await database.read(invitations.open_one, secret, at=now())


async def test_an_expired_invitation_lets_nobody_in(database: Database, place: Place) -> None:
    made = await _invite(database, place)
    await _join(database, made.secret, "Ben", at=now() + WEEK - timedelta(minutes=1))
    with pytest.raises(Conflict) as caught:
        await _join(database, made.secret, "Ben", at=now() + WEEK)
    assert caught.value.reason == "invitation-expired"


async def test_revoking_puts_out_who_came_by_it_and_nobody_else(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place)
    ident = await _join(database, made.secret, "Ben")
    out = await database.write(invitations.revoke, made.invitation.id, session_id=place.session)
    assert out is not None
    assert out.id == ident
    with pytest.raises(Conflict) as caught:
        await _join(database, made.secret, "Ben")
    assert caught.value.reason == "invitation-revoked"
    left = await database.read(participants.of_session, place.session)
    assert [one.id for one in left] == [place.person]


async def test_revoking_an_unused_invitation_puts_nobody_out(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place)
    assert (
        await database.write(invitations.revoke, made.invitation.id, session_id=place.session)
        is None
    )


async def test_reissuing_kills_the_old_link_and_keeps_the_participant(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place)
    ident = await _join(database, made.secret, "Ben")
    again = await database.write(
        invitations.reissue, made.invitation.id, session_id=place.session, lifetime=WEEK
    )
    with pytest.raises(NotFound):
        await _join(database, made.secret, "Ben")
    assert await _join(database, again.secret, "Ben") == ident


async def test_reissuing_a_revoked_invitation_lets_them_in_again(
    database: Database, place: Place
) -> None:
    made = await _invite(database, place)
    ident = await _join(database, made.secret, "Ben")
    where = {"session_id": place.session}
    await database.write(invitations.revoke, made.invitation.id, **where)
    again = await database.write(invitations.reissue, made.invitation.id, lifetime=WEEK, **where)
    assert await _join(database, again.secret, "Ben") == ident
    assert len(await database.read(participants.of_session, place.session)) == 2


async def test_an_invitation_of_another_session_cannot_be_touched(
    database: Database, place: Place
) -> None:
    other = await database.write(a_place, "Ben")
    made = await _invite(database, place)
    with pytest.raises(NotFound):
        await database.write(invitations.revoke, made.invitation.id, session_id=other.session)
    with pytest.raises(NotFound):
        await database.write(
            invitations.reissue, made.invitation.id, session_id=other.session, lifetime=WEEK
        )
    await _join(database, made.secret, "Ben")


async def test_invitations_are_listed_with_who_joined(database: Database, place: Place) -> None:
    first, second = await _invite(database, place), await _invite(database, place)
    ident = await _join(database, second.secret, "Ben")
    found = await database.read(invitations.of_session, place.session)
    assert [(one.id, person and person.id) for one, person in found] == [
        (first.invitation.id, None),
        (second.invitation.id, ident),
    ]
