"""`web.kicks`: what ends elsewhere ends here too, soon. At once: tests/web/test_sockets.py and tests/web/api."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.orm import Session

from store import facilitators, roomtokens
from store.ids import new_secret, now
from store.models import Login, Participant
from tests.harness import PATIENCE, RunningApp, participant
from tests.web.people import Cast, cast, cookie_of, invite, listening, new_session, signed_in
from tests.web.wire import closing_of, peer, room_token
from web import kicks


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


async def test_a_facilitator_revoked_by_the_command_is_out_with_the_next_look(
    app: RunningApp,
) -> None:
    token = new_secret()
    eve = await app.services.database.write(facilitators.add, "Eve", token)
    async with signed_in(app.url, token) as browser:
        session = await new_session(browser)
        path, room = f"/api/sessions/{session['id']}", f"{app.ws_url}/{session['room']}"
        headers = {"origin": app.url, "cookie": cookie_of(browser)}
        guest_token = await room_token(browser, session["id"], subject="guest")
        async with (
            peer(room, additional_headers=headers) as page,
            peer(f"{room}?token={guest_token}") as guest,
            listening(browser, path) as told,
        ):
            await kicks.sweep(app.services)
            await page.write("Still here. ")
            await page.step()
            await app.services.database.write(facilitators.revoke, eve.id)
            await kicks.sweep(app.services)
            assert (await closing_of(page.socket))[0] == 4403
            assert (await closing_of(guest.socket))[0] == 4401
            assert [one async for one in told] == []


async def test_what_another_server_ended_ends_here(app: RunningApp, people: Cast) -> None:
    room = f"{app.ws_url}/{people.session['room']}"
    session_id = people.session["id"]
    made = (await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})).json()
    invitation = await invite(people.script, session_id)
    async with (
        participant(app.url, invitation["link"], "Eve") as (eve, joined),
        signed_in(app.url) as browser,
        peer(f"{room}?token={made['token']}") as by_token,
        peer(room, additional_headers={"origin": app.url, "cookie": cookie_of(eve)}) as hers,
        listening(browser, people.path) as signed_out,
        listening(people.participant, people.path) as going_on,
    ):
        me = (await browser.get(people.path)).json()["me"]["participant"]
        (login,) = (
            one.credential for one in app.services.events.listeners if one.participant == me
        )

        def end(session: Session) -> None:
            roomtokens.revoke(session, made["id"], session_id=session_id)
            session.get_one(Participant, joined["participant"]).removed_at = now()
            session.get_one(Login, login).expires_at = now()

        await app.services.database.write(end)
        await kicks.sweep(app.services)
        assert (await closing_of(by_token.socket))[0] == 4401
        assert (await closing_of(hers.socket))[0] == 4403
        assert [one async for one in signed_out] == []
        await people.script.patch(people.path, json={"title": "Still told"})
        assert (await anext(going_on))[0] == "session"


async def test_it_looks_again_by_itself_and_outlives_a_failure(
    app: RunningApp, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked = asyncio.Event()
    failures = iter([LookupError("a bug")])

    async def sweep(services: object) -> None:
        for failure in failures:
            raise failure
        looked.set()

    monkeypatch.setattr(kicks, "sweep", sweep)
    monkeypatch.setattr(kicks, "SWEEP_SECONDS", 0.0)
    with caplog.at_level(logging.ERROR, "web.kicks"):
        looking = asyncio.create_task(kicks.keep_sweeping(app.services))
        async with asyncio.timeout(PATIENCE):
            await looked.wait()
        looking.cancel()
    assert "a bug" in caplog.text
