"""Secrets exist in links, cookies and the hands of people, never in what is stored."""

from __future__ import annotations

from datetime import timedelta

from store import facilitators, invitations, logins, roomtokens
from store.ids import new_secret, now
from store.participants import Role
from store.testing import Backend, a_place

LIFETIME = timedelta(days=1)


async def test_secrets_are_nowhere_in_the_database_as_plain_text(backend: Backend) -> None:
    token, another = new_secret(), new_secret()
    async with backend.open() as database:
        place = await database.write(a_place)
        host = await database.write(facilitators.add, "Host", token)
        await database.write(facilitators.replace_token, host.id, another)
        invitation = await database.write(
            invitations.add,
            session_id=place.session,
            email=None,
            role=Role.PARTICIPANT,
            lifetime=LIFETIME,
        )
        await database.write(invitations.join, invitation.secret, "Ben", at=now())
        reissued = await database.write(
            invitations.reissue,
            invitation.invitation.id,
            session_id=place.session,
            lifetime=LIFETIME,
        )
        login = await database.write(logins.open_login, lifetime=LIFETIME)
        room_token = await database.write(
            roomtokens.add,
            session_id=place.session,
            made_by=place.person,
            role=Role.OBSERVER,
            subject="script",
            name="A script",
            lifetime=LIFETIME,
        )
        while_open = backend.on_disk()
    closed = backend.on_disk()
    assert place.session.encode() in closed
    for secret in (
        token,
        another,
        invitation.secret,
        reissued.secret,
        login.secret,
        room_token.secret,
    ):
        assert secret.encode() not in while_open
        assert secret.encode() not in closed
