"""`web.api.ballots`: the rule, polls and ballots over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from store.ids import now
from store.models import AuditEntry, Poll
from tests.harness import PATIENCE, RunningApp, participant
from tests.web.people import Cast, Client, cast, events_of, invite, open_poll, refine


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, where nobody has decided anything yet."""
    async with cast(app) as found:
        yield found


@pytest.fixture
async def ben(app: RunningApp, people: Cast) -> AsyncIterator[Client]:
    """A second participant."""
    link = (await invite(people.script, people.session["id"]))["link"]
    async with AsyncExitStack() as stack:
        client, _ = await stack.enter_async_context(participant(app.url, link, "Ben"))
        yield client


async def deliberation(people: Cast, client: Client | None = None) -> dict[str, Any]:
    answer = await (client or people.participant).get(f"{people.path}/deliberation")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def vote(people: Cast, client: Client, poll: dict[str, Any], choice: str) -> Any:
    return await client.post(
        f"{people.path}/polls/{poll['id']}/ballots",
        json={"choice": choice, "text_hash": poll["text_hash"]},
    )


async def test_a_new_session_decides_unanimously_in_the_open(people: Cast) -> None:
    assert await deliberation(people) == {
        "phase": "gathering",
        "rule": {
            "kind": "unanimity",
            "per": "person",
            "approvals": None,
            "quorum": 1,
            "minutes": None,
            "facilitators": False,
        },
        "secret": False,
        "locked": False,
        "voters": 1,
        "polls": [],
    }


async def test_all_approve_over_http_and_the_session_is_agreed(
    app: RunningApp, people: Cast, ben: Client
) -> None:
    poll = await open_poll(app, people, "We build a quiet *harbour*.")
    frozen = (await ben.get(f"{people.path}/polls/{poll['id']}")).json()
    assert frozen["text_hash"] == poll["text_hash"]
    assert frozen["markdown"] == r"We build a quiet \*harbour\*."
    first = await vote(people, people.participant, poll, "approve")
    assert first.status_code == 201
    shown = first.json()["polls"][0]
    assert (shown["mine"], shown["voices"]["approve"], shown["outcome"]) == ("approve", 1, None)
    assert {one["name"]: one["choice"] for one in shown["voters"]} == {
        "Participant": "approve",
        "Ben": None,
    }
    assert (await vote(people, ben, poll, "approve")).json()["phase"] == "agreed"
    session = (await people.participant.get(people.path)).json()
    assert session["phase"] == "agreed"
    room = await app.services.registry.of_session(people.session["id"])
    assert (room.document.root_map("session").to_py() or {})["phase"] == "agreed"
    for phase in ("refining", "deciding"):
        answer = await people.facilitator.post(
            f"{people.path}/phase", json={"phase": phase, "seen": "agreed"}
        )
        assert answer.json()["type"].endswith("/agreed")


async def test_a_secret_ballot_stays_secret_and_only_the_sum_is_told_at_the_end(
    app: RunningApp, people: Cast, ben: Client
) -> None:
    rule = {"kind": "k_of_n", "approvals": 1, "quorum": 2, "secret": True}
    assert (await people.facilitator.put(f"{people.path}/rule", json=rule)).status_code == 200
    poll = await open_poll(app, people)
    mine = (await vote(people, people.participant, poll, "object")).json()["polls"][0]
    assert mine["mine"] == "object"
    for client in (ben, people.facilitator, people.script, people.observer):
        seen = (await deliberation(people, client))["polls"][0]
        assert seen["voices"] == {
            "of": 2, "cast": 1, "approve": None, "object": None, "abstain": None,
        }  # fmt: skip
        assert [one["choice"] for one in seen["voters"]] == [None, None]
        assert [one["voted"] for one in seen["voters"]] == [True, False]
        assert "object" not in str(seen["voters"])
    await vote(people, ben, poll, "approve")
    ended = (await deliberation(people, people.facilitator))["polls"][0]
    assert (ended["outcome"], ended["voices"]["approve"], ended["voices"]["object"]) == (
        "agreed", 1, 1,
    )  # fmt: skip
    assert [one["choice"] for one in ended["voters"]] == [None, None]

    def audited(session: Session) -> str:
        rows = session.query(AuditEntry).filter_by(session_id=people.session["id"])
        return " ".join(f"{one.action} {one.details}" for one in rows if "cast" in one.action)

    assert "object" not in await app.services.database.read(audited)


async def test_rule_and_secrecy_are_fixed_with_the_first_ballot(
    app: RunningApp, people: Cast, ben: Client
) -> None:
    path = f"{people.path}/rule"
    poll = await open_poll(app, people)
    answer = await people.facilitator.put(path, json={"kind": "unanimity", "secret": True})
    assert answer.json()["type"].endswith("/poll-open")
    await vote(people, people.participant, poll, "abstain")
    back = {"phase": "refining", "seen": "deciding"}
    assert (await people.facilitator.post(f"{people.path}/phase", json=back)).status_code == 200
    found = await deliberation(people)
    assert (found["locked"], found["polls"][0]["outcome"]) == (True, "void")
    for rule in ({"kind": "k_of_n", "approvals": 1}, {"kind": "unanimity", "secret": True}):
        answer = await people.facilitator.put(path, json=rule)
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/rule-locked")


@pytest.mark.parametrize(
    ("rule", "status"),
    [
        ({"kind": "majority"}, 422),
        ({"kind": "k_of_n"}, 409),
        ({"kind": "k_of_n", "approvals": 0}, 422),
        ({"kind": "k_of_n", "approvals": 10**9}, 422),
        ({"kind": "no_objection"}, 409),
        ({"kind": "no_objection", "minutes": -1}, 422),
        ({"kind": "unanimity", "minutes": 2**70}, 422),
        ({"kind": "unanimity", "per": "continent"}, 422),
        ({}, 422),
    ],
)
async def test_a_rule_that_is_none_is_refused(
    people: Cast, rule: dict[str, Any], status: int
) -> None:
    answer = await people.facilitator.put(f"{people.path}/rule", json=rule)
    assert answer.status_code == status, answer.text
    assert (await deliberation(people))["rule"]["kind"] == "unanimity"


async def test_ballots_that_cannot_count_are_refused_with_what_to_do(
    app: RunningApp, people: Cast
) -> None:
    poll = await open_poll(app, people)
    path = f"{people.path}/polls/{poll['id']}/ballots"
    client = people.participant
    other = {"choice": "approve", "text_hash": "0" * 64}
    assert (await client.post(path, json=other)).json()["type"].endswith("/other-text")
    for body in (
        {"choice": "yes", "text_hash": poll["text_hash"]},
        {"choice": "approve"},
        {"choice": "approve", "text_hash": "x"},
        {"choice": "approve", "text_hash": poll["text_hash"] + "\n"},
    ):
        assert (await client.post(path, json=body)).status_code == 422
    nowhere = await vote(people, client, {**poll, "id": "A" * 22}, "approve")
    assert nowhere.status_code == 404
    no_vote = await vote(people, people.facilitator, poll, "approve")
    assert no_vote.json()["type"].endswith("/no-vote")
    assert (await deliberation(people))["polls"][0]["voices"]["cast"] == 0


async def test_a_hundred_ballots_of_one_person_at_once_are_one_voice(
    app: RunningApp, people: Cast, ben: Client
) -> None:
    poll = await open_poll(app, people)
    done = await asyncio.gather(
        *(vote(people, people.participant, poll, ("approve", "object")[at % 2]) for at in range(40))
    )
    assert {one.status_code for one in done} == {201}
    voices = (await deliberation(people))["polls"][0]["voices"]
    assert voices["cast"] == 1


async def test_two_facilitators_move_at_once_and_one_is_told(app: RunningApp, people: Cast) -> None:
    await open_poll(app, people)
    moves = [
        people.facilitator.post(f"{people.path}/phase", json={"phase": phase, "seen": "deciding"})
        for phase in ("refining", "drafting")
    ]
    done = await asyncio.gather(*moves)
    assert sorted(one.status_code for one in done) == [200, 409]
    unseen = await people.facilitator.post(f"{people.path}/phase", json={"phase": "deciding"})
    assert unseen.status_code == 200
    unseen = await people.facilitator.post(f"{people.path}/phase", json={"phase": "gathering"})
    assert unseen.json()["type"].endswith("/phase-moved")


async def test_the_server_ends_a_poll_when_its_time_is_over(app: RunningApp, people: Cast) -> None:
    rule = {"kind": "no_objection", "minutes": 60}
    await people.facilitator.put(f"{people.path}/rule", json=rule)
    poll = await open_poll(app, people)
    assert poll["closes_at"] is not None

    # nobody approves, so it fails; the deadline is brought forward in the row and in the audit
    def hurry(session: Session) -> None:
        session.execute(update(Poll).where(Poll.id == poll["id"]).values(closes_at=now()))
        entry = session.query(AuditEntry).filter_by(subject=poll["id"]).one()
        entry.details = {**entry.details, "closes_at": now().isoformat()}

    async with (
        aclosing(events_of(app, people.session["id"])) as events,
        asyncio.timeout(PATIENCE),
    ):
        await anext(events)
        await app.services.database.write(hurry)
        async for name, _ in events:
            if name == "deliberation":
                break
    found = (await deliberation(people))["polls"][0]
    assert found["outcome"] == "not_agreed"


async def test_a_delegation_is_one_voice(app: RunningApp, people: Cast, ben: Client) -> None:
    await people.facilitator.put(
        f"{people.path}/rule", json={"kind": "unanimity", "per": "delegation"}
    )
    session = (await people.facilitator.get(people.path)).json()
    for person in session["participants"]:
        if person["role"] == "participant":
            answer = await people.facilitator.put(
                f"{people.path}/participants/{person['id']}/delegation",
                json={"delegation": "North"},
            )
            assert answer.status_code == 200
    poll = await open_poll(app, people)
    assert poll["voices"]["of"] == 1
    found = (await vote(people, ben, poll, "approve")).json()
    assert found["phase"] == "agreed"


async def test_a_suggestion_is_not_accepted_into_a_frozen_text(
    app: RunningApp, people: Cast
) -> None:
    await people.participant.post(f"{people.path}/inputs", json={"text": "Buses on Sundays."})
    await refine(app, people.script, people.session["id"])
    found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    await open_poll(app, people)
    answer = await people.participant.post(f"{people.path}/suggestions/{found[0]['id']}/accept")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/frozen")
    found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    assert found[0]["status"] == "open"
