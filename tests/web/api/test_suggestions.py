"""`web.api.suggestions`: deciding about what the bot proposes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab import statement
from tests.harness import RunningApp
from tests.web.people import Cast, cast, refine

PROPOSED = "The harbour should have a quiet basin."


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """The bot sets to work only when it is told to."""
    return {"refine_debounce_seconds": 3600, "refine_max_wait_seconds": 3600}


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, and one proposal."""
    async with cast(app) as found:
        await found.participant.post(
            f"{found.path}/inputs", json={"text": PROPOSED, "quote": "named"}
        )
        await refine(app, found.script, found.session["id"])
        yield found


async def only(people: Cast) -> dict[str, Any]:
    """Return the proposal as everybody gets it."""
    (found,) = (await people.observer.get(f"{people.path}/suggestions")).json()["suggestions"]
    return dict(found)


async def text_of(app: RunningApp, people: Cast) -> str:
    """Return the statement."""
    room = await app.services.registry.of_session(people.session["id"])
    return statement.text_of(room.document).strip()


async def test_a_proposal_shows_its_sources_to_all_and_its_input_to_its_author(
    people: Cast,
) -> None:
    found = await only(people)
    assert found["status"] == "open"
    (source,) = found["sources"]
    assert source["quote"] in PROPOSED
    assert source["author"] == "Participant"
    assert source["input"] is None
    (mine,) = (await people.participant.get(f"{people.path}/suggestions")).json()["suggestions"]
    inputs = (await people.participant.get(f"{people.path}/inputs")).json()["inputs"]
    assert mine["sources"][0]["input"] == inputs[0]["id"]


async def test_an_accepted_proposal_is_in_the_statement_with_who_decided(
    app: RunningApp, people: Cast
) -> None:
    found = await only(people)
    answer = await people.participant.post(f"{people.path}/suggestions/{found['id']}/accept")
    decided = answer.json()
    assert decided["status"] == "accepted"
    assert decided["decided_by"]["name"] == "Participant"
    assert decided["decided_at"]
    assert not decided["edited"]
    assert await text_of(app, people) == found["text"]


async def test_two_who_accept_at_once_accept_once(app: RunningApp, people: Cast) -> None:
    found = await only(people)
    path = f"{people.path}/suggestions/{found['id']}/accept"
    clients = (people.participant, people.facilitator, people.script, people.participant)
    answers = await asyncio.gather(*(client.post(path) for client in clients))
    assert sorted(one.status_code for one in answers) == [200, 409, 409, 409]
    for one in answers:
        if one.status_code == 409:
            assert one.json()["type"].endswith("/already-decided")
    assert (await text_of(app, people)).count("quiet basin") == 1


async def test_an_edited_wording_is_what_goes_in(app: RunningApp, people: Cast) -> None:
    found = await only(people)
    answer = await people.participant.post(
        f"{people.path}/suggestions/{found['id']}/accept",
        json={"text": "The harbour has a quiet basin."},
    )
    assert answer.json()["edited"]
    assert answer.json()["decided_text"] == "The harbour has a quiet basin."
    assert answer.json()["text"] == found["text"]
    assert await text_of(app, people) == "The harbour has a quiet basin."


async def test_a_rejected_proposal_keeps_its_text_and_why(app: RunningApp, people: Cast) -> None:
    found = await only(people)
    path = f"{people.path}/suggestions/{found['id']}"
    answer = await people.participant.post(f"{path}/reject", json={"reason": "Too early."})
    assert answer.json()["status"] == "rejected"
    assert answer.json()["decided_reason"] == "Too early."
    assert answer.json()["text"] == found["text"]
    assert await text_of(app, people) == ""
    late = await people.participant.post(f"{path}/accept")
    assert late.json()["type"].endswith("/already-decided")


@pytest.mark.parametrize("body", [{"text": ""}, {"text": "x" * 8001}, {"text": 7}])
async def test_a_wording_that_is_none_decides_nothing(people: Cast, body: dict[str, Any]) -> None:
    found = await only(people)
    answer = await people.participant.post(
        f"{people.path}/suggestions/{found['id']}/accept", json=body
    )
    assert answer.status_code == 422
    assert (await only(people))["status"] == "open"
