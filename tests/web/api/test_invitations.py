"""`web.api.invitations`: inviting, taking back, tokens for other Yjs clients."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from store.ids import now
from tests.harness import RunningApp, participant
from tests.web.people import Cast, cast, invite, listening
from tests.web.wire import peer


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


async def test_a_link_is_shown_once_and_never_again(people: Cast) -> None:
    made = await invite(people.script, people.session["id"], email="cleo@example.org")
    assert made["link"]
    listed = (await people.script.get(f"{people.path}/invitations")).text
    assert made["id"] in listed
    assert "cleo@example.org" in listed
    assert made["link"].split("#")[1] not in listed
    assert "link" not in listed


async def test_an_invitation_is_good_for_as_long_as_was_asked(people: Cast) -> None:
    for seconds, expected in ((None, timedelta(days=30)), (3600, timedelta(hours=1))):
        made = await invite(people.script, people.session["id"], expires_in=seconds)
        ends = datetime.fromisoformat(made["expires_at"])
        assert abs(ends - now() - expected) < timedelta(seconds=30)
    for seconds in (0, -1, 59, 10**12):
        answer = await people.script.post(
            f"{people.path}/invitations", json={"expires_in": seconds}
        )
        assert answer.status_code == 422


async def test_a_reissued_link_kills_the_old_one_and_keeps_who_joined(
    app: RunningApp, people: Cast
) -> None:
    made = await invite(people.script, people.session["id"])
    async with participant(app.url, made["link"], "Dora") as (dora, joined):
        again = await people.script.post(f"{people.path}/invitations/{made['id']}/reissue")
        assert again.status_code == 200
        assert (await dora.get(people.path)).status_code == 200
        old = {"invitation": made["link"].split("#")[1], "name": "Eve"}
        assert (await people.nobody.post("/api/join", json=old)).status_code == 404
        async with participant(app.url, again.json()["link"], "Dora") as (_, elsewhere):
            assert elsewhere["participant"] == joined["participant"]


async def test_revoking_ends_the_streams_of_who_is_out_at_once(
    app: RunningApp, people: Cast
) -> None:
    made = await invite(people.script, people.session["id"])
    async with (
        participant(app.url, made["link"], "Eve") as (eve, joined),
        listening(eve, people.path) as hers,
        listening(people.participant, people.path) as others,
    ):
        out = await people.script.delete(f"{people.path}/invitations/{made['id']}")
        assert out.status_code == 204
        assert [name async for name, _ in hers if name == "closing"] == []  # it ends
        name, told = await anext(others)
        assert name == "participants"
        assert joined["participant"] not in [one["id"] for one in told["participants"]]
        assert (await eve.get(people.path)).status_code == 401
        assert (await eve.get(f"{people.path}/events")).status_code == 401


async def test_who_was_sent_away_comes_back_by_a_new_link_as_the_same_person(
    app: RunningApp, people: Cast
) -> None:
    made = await invite(people.script, people.session["id"])
    async with participant(app.url, made["link"], "Fay") as (fay, joined):
        await fay.post(f"{people.path}/inputs", json={"text": "I was here."})
        await people.script.delete(f"{people.path}/invitations/{made['id']}")
        async with listening(people.participant, people.path) as told:
            again = await people.script.post(f"{people.path}/invitations/{made['id']}/reissue")
            _, data = await anext(told)
            assert joined["participant"] in [one["id"] for one in data["participants"]]
    async with participant(app.url, again.json()["link"], "Fay") as (fay, back):
        assert back["participant"] == joined["participant"]
        found = (await fay.get(f"{people.path}/inputs")).json()["inputs"]
        assert [one["text"] for one in found] == ["I was here."]


# -- room tokens


async def test_a_room_token_says_where_to_connect_and_is_shown_once(
    app: RunningApp, people: Cast
) -> None:
    made = await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})
    token = made.json()
    assert made.status_code == 201
    assert token["url"] == app.ws_url
    assert token["room"] == people.session["room"]
    assert token["role"] == "participant"
    async with peer(f"{token['url']}/{token['room']}?token={token['token']}"):
        pass
    listed = (await people.script.get(f"{people.path}/room-tokens")).text
    assert token["id"] in listed
    assert token["token"] not in listed


async def test_a_participants_token_is_the_participant_and_a_guests_subject_a_guest(
    people: Cast,
) -> None:
    me = (await people.participant.get(people.path)).json()["me"]
    mine = await people.participant.post(f"{people.path}/room-tokens", json={"expires_in": 60})
    assert (mine.json()["subject"], mine.json()["name"]) == (me["participant"], me["name"])
    guest = await people.script.post(
        f"{people.path}/room-tokens", json={"expires_in": 60, "subject": "Quill page"}
    )
    assert (guest.json()["subject"], guest.json()["name"]) == ("guest:Quill page", "Quill page")
    listed = (await people.participant.get(f"{people.path}/room-tokens")).json()["room_tokens"]
    assert [one["id"] for one in listed] == [mine.json()["id"]]


async def test_nobody_gets_more_by_a_token_than_they_have(people: Cast) -> None:
    for client, body, word in (
        (people.observer, {"role": "participant"}, "read-only"),
        (people.participant, {"subject": "somebody else"}, "facilitator-only"),
        (people.facilitator, {"role": "facilitator"}, "invalid"),
    ):
        answer = await client.post(f"{people.path}/room-tokens", json={"expires_in": 60, **body})
        assert answer.json()["type"].endswith(f"/{word}"), body
    watching = await people.observer.post(
        f"{people.path}/room-tokens", json={"expires_in": 60, "role": "observer"}
    )
    assert watching.status_code == 201


async def test_a_token_is_ended_by_who_made_it_or_by_a_facilitator(people: Cast) -> None:
    made = (await people.script.post(f"{people.path}/room-tokens", json={"expires_in": 60})).json()
    path = f"{people.path}/room-tokens/{made['id']}"
    refused = await people.participant.delete(path)
    assert refused.status_code == 403
    listed = (await people.script.get(f"{people.path}/room-tokens")).json()["room_tokens"]
    assert [one["revoked"] for one in listed if one["id"] == made["id"]] == [False]
    assert (await people.facilitator.delete(path)).status_code == 204
    assert (await people.facilitator.delete(path)).status_code == 204  # twice is no harm
