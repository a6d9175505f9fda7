"""`web.api.people`: signing in, joining, who this browser is."""

from __future__ import annotations

import logging
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from store.ids import now
from tests.harness import TOKEN, RunningApp, api, participant
from tests.web.people import Cast, cast, cookie_of, invite, listening, new_session, signed_in


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


async def test_anybody_may_know_what_kind_of_server_this_is(app: RunningApp) -> None:
    async with api(app.url, None) as browser:
        found = (await browser.get("/api/config")).json()
    assert found == {
        "version": "0.1.0",
        "mode": "extractive",
        "model": None,
        "provider": None,
        "mail": False,
        "public_url": app.url,
        "local_only": True,
        "reads_pictures": shutil.which("tesseract") is not None,
    }


# -- facilitators


async def test_a_facilitator_signs_in_and_out(app: RunningApp) -> None:
    async with api(app.url, None) as browser:
        signed = await browser.post("/api/sign-in", json={"token": f" {TOKEN}\n"})  # as pasted
        facilitator = signed.json()["facilitator"]
        assert facilitator["name"] == "Facilitator"
        assert (await browser.get("/api/me")).json() == {"facilitator": facilitator, "people": []}
        assert (await browser.get("/api/sessions")).status_code == 200
        cookie = cookie_of(browser)
        assert (await browser.post("/api/sign-out")).status_code == 204
        assert cookie_of(browser) == ""
        again = await browser.get("/api/sessions", headers={"cookie": cookie})
        assert again.status_code == 401  # the login is gone, not only the cookie
        assert (await browser.post("/api/sign-out")).status_code == 204


async def test_a_wrong_token_is_told_so_and_noted_with_the_address(
    app: RunningApp, caplog: pytest.LogCaptureFixture
) -> None:
    async with api(app.url, None) as browser:
        with caplog.at_level(logging.WARNING, "web.api.people"):
            answer = await browser.post("/api/sign-in", json={"token": "x" * 43})
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("/bad-token")
        assert "set-cookie" not in answer.headers
    (record,) = caplog.records
    assert vars(record)["address"] == "127.0.0.1"


async def test_signing_out_ends_the_streams_of_this_browser_and_of_no_other(
    app: RunningApp, people: Cast
) -> None:
    async with (
        signed_in(app.url) as mine,
        signed_in(app.url) as other,
        listening(mine, people.path) as ending,
        listening(other, people.path) as going_on,
    ):
        assert (await mine.post("/api/sign-out")).status_code == 204
        assert [one async for one in ending] == []
        await other.patch(people.path, json={"title": "Harbour development"})
        assert (await anext(going_on))[0] == "session"


# -- invitations


async def test_looking_at_an_invitation_changes_nothing(people: Cast) -> None:
    invitation = await invite(people.script, people.session["id"], email="cleo@example.org")
    secret = {"invitation": invitation["link"].split("#")[1]}
    for _ in range(3):  # mail scanners do
        seen = await people.nobody.post("/api/invitations/preview", json=secret)
        assert seen.json() == {
            "session": people.session["id"],
            "title": "Harbour development",
            "question": "How should the harbour grow?",
            "role": "participant",
            "name": None,
            "joined": False,
            "facilitator_reads_inputs": False,
            "external_ai": True,
            "provider": None,
        }
        assert "set-cookie" not in seen.headers
    found = (await people.script.get(f"{people.path}/invitations")).json()["invitations"]
    assert [one["state"] for one in found if one["id"] == invitation["id"]] == ["open"]


async def test_one_invitation_is_one_person_on_all_their_devices(
    app: RunningApp, people: Cast
) -> None:
    link = (await invite(people.script, people.session["id"]))["link"]
    async with (
        participant(app.url, link, "Dora") as (phone, on_phone),
        participant(app.url, link, "Dora D.") as (laptop, on_laptop),
    ):
        assert on_phone["participant"] == on_laptop["participant"]
        assert on_phone["room"] == people.session["room"]
        await phone.post(f"{people.path}/inputs", json={"text": "From the phone."})
        found = (await laptop.get(f"{people.path}/inputs")).json()["inputs"]
        assert [one["text"] for one in found] == ["From the phone."]
        assert (await phone.get(people.path)).json()["me"]["name"] == "Dora D."
        session = (await people.script.get(people.path)).json()
        assert [one["name"] for one in session["participants"]].count("Dora D.") == 1
        seen = await people.nobody.post(
            "/api/invitations/preview", json={"invitation": link.split("#")[1]}
        )
        assert (seen.json()["joined"], seen.json()["name"]) == (True, "Dora D.")


async def test_a_link_that_never_was_is_told_whom_to_ask(people: Cast) -> None:
    for path in ("/api/invitations/preview", "/api/join"):
        answer = await people.nobody.post(path, json={"invitation": "x" * 43, "name": "Eve"})
        assert answer.status_code == 404
        assert answer.json()["type"].endswith("/no-invitation")
        assert "Ask whoever invited you" in answer.json()["detail"]


async def test_an_expired_and_a_revoked_invitation_say_which_they_are(
    app: RunningApp, people: Cast
) -> None:
    expired = await invite(people.script, people.session["id"])
    revoked = await invite(people.script, people.session["id"])
    await app.services.database.write(
        lambda session: session.execute(
            text("UPDATE invitations SET expires_at = :at WHERE id = :id"),
            {"at": (now() - timedelta(seconds=1)).replace(tzinfo=None), "id": expired["id"]},
        )
    )
    await people.script.delete(f"{people.path}/invitations/{revoked['id']}")
    for invitation, word in ((expired, "invitation-expired"), (revoked, "invitation-revoked")):
        body = {"invitation": invitation["link"].split("#")[1], "name": "Eve"}
        for path in ("/api/invitations/preview", "/api/join"):
            answer = await people.nobody.post(path, json=body)
            assert answer.status_code == 409
            assert answer.json()["type"].endswith(f"/{word}")
            assert "set-cookie" not in answer.headers
    found = (await people.script.get(f"{people.path}/invitations")).json()["invitations"]
    states = {one["id"]: one["state"] for one in found}
    assert states[expired["id"]] == "expired"
    assert states[revoked["id"]] == "revoked"


async def test_who_has_joined_stays_in_when_their_link_expires(
    app: RunningApp, people: Cast
) -> None:
    invitation = await invite(people.script, people.session["id"])
    async with participant(app.url, invitation["link"], "Fay") as (fay, _):
        await app.services.database.write(
            lambda session: session.execute(
                text("UPDATE invitations SET expires_at = '2020-01-01' WHERE id = :id"),
                {"id": invitation["id"]},
            )
        )
        assert (await fay.get(people.path)).status_code == 200


async def test_a_login_ends_by_itself(app: RunningApp, people: Cast) -> None:
    async with signed_in(app.url) as browser:
        await app.services.database.write(
            lambda session: session.execute(text("UPDATE logins SET expires_at = '2020-01-01'"))
        )
        assert (await browser.get(people.path)).status_code == 401
        assert (await browser.get("/api/me")).json() == {"facilitator": None, "people": []}


async def test_an_observer_joins_as_one(app: RunningApp) -> None:
    async with api(app.url) as script:
        session = await new_session(script)
        link = (await invite(script, session["id"], role="observer"))["link"]
    async with participant(app.url, link, "Olga") as (olga, joined):
        assert joined["role"] == "observer"
        answer = await olga.post(f"/api/sessions/{session['id']}/inputs", json={"text": "Hello?"})
        assert answer.json()["type"].endswith("/read-only")
