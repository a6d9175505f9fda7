"""`web.api.erasures`: who may erase what, what they are told, and what the others see of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from store import audit
from tests.harness import PATIENCE, RunningApp, running_app
from tests.web.people import Cast, Client, cast, events_of, refine

WORDS = "The market must stay where it has always been."


@pytest.fixture(scope="module")
async def app(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningApp]:
    async with running_app(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def give(client: Client, path: str, text: str = WORDS) -> str:
    given = await client.post(f"{path}/inputs", json={"text": text, "quote": "named"})
    assert given.status_code == 201, given.text
    return str(given.json()["id"])


async def done(client: Client, path: str) -> list[dict[str, Any]]:
    """Wait until all is done; return what was asked for."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = (await client.get(f"{path}/erasures")).json()["erasures"]
            if all(one["status"] == "done" for one in found):
                made: list[dict[str, Any]] = found
                return made
            await asyncio.sleep(0.02)


async def test_only_its_author_erases_an_input(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    path = f"{people.path}/inputs/{ident}/erase"
    refused = {"nobody": 401, "stranger": 404, "observer": 403, "facilitator": 404, "another": 404}
    for role, status in refused.items():
        assert (await people.as_(role).post(path)).status_code == status, role
    assert (await people.participant.post(path)).status_code == 202
    assert (await people.participant.post(path)).status_code == 404
    assert (await people.participant.post(f"{people.path}/inputs/x/erase")).status_code == 404
    for role, status in refused.items():
        again = await people.as_(role).post(f"{people.path}/erasures/{ident}/again")
        assert again.status_code == status, role
    assert (await done(people.facilitator, people.path)) == []


async def test_a_withdrawn_input_can_be_erased(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    path = f"{people.path}/inputs/{ident}"
    assert (await people.participant.delete(path)).status_code == 204
    told = (await people.participant.get(f"{people.path}/erasures")).json()
    assert [one["text"] for one in told["withdrawn"]] == [WORDS]
    assert (await people.facilitator.get(f"{people.path}/erasures")).json()["withdrawn"] == []
    assert (await people.participant.post(f"{path}/erase")).status_code == 202
    assert (await people.participant.get(f"{people.path}/erasures")).json()["withdrawn"] == []
    (one,) = await done(people.participant, people.path)
    assert (one["id"], one["kind"], one["status"]) == (ident, "input", "done")


async def test_it_is_told_what_may_remain_and_the_audit_keeps_the_fact(
    app: RunningApp, people: Cast
) -> None:
    ident = await give(people.participant, people.path)
    run = await refine(app, people.script, people.session["id"])
    assert run["status"] == "done"
    (made,) = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    accept = await people.facilitator.post(f"{people.path}/suggestions/{made['id']}/accept")
    assert accept.status_code == 200, accept.text
    asked = await people.participant.post(f"{people.path}/inputs/{ident}/erase")
    places = [one["where"] for one in asked.json()["may_remain"]]
    assert places == ["statement", "people", "exports", "devices", "backups"]
    assert all(one["what"].endswith(".") for one in asked.json()["may_remain"])
    (one,) = await done(people.participant, people.path)
    assert (one["found"]["suggestions"], one["found"]["in_statement"]) == (1, 1)
    begins = (await people.participant.get(f"{people.path}/erasures")).json()["history_begins"]
    assert one["asked_at"] <= begins <= one["done_at"]
    entries = await app.services.database.read(audit.entries, people.session["id"])
    kept = [one for one in entries if one.action in ("input.erased", "erasure.done")]
    assert [one.subject for one in kept] == [ident, ident]
    assert WORDS.split()[1] not in str([one.details for one in entries])


async def test_everybody_loads_again_what_has_changed(app: RunningApp, people: Cast) -> None:
    ident = await give(people.participant, people.path)
    async with aclosing(events_of(app, people.session["id"])) as events, asyncio.timeout(PATIENCE):
        await anext(events)
        await people.participant.post(f"{people.path}/inputs/{ident}/erase")
        heard = [name async for name, _ in _upto(events, "reload")]
    assert heard.count("inputs") == 1
    assert heard[-1] == "reload"


async def _upto(events: Any, last: str) -> AsyncIterator[tuple[str, Any]]:
    async for name, data in events:
        yield name, data
        if name == last:
            return


async def test_who_pays_a_provider_is_told_that_it_has_it(tmp_path_factory: Any) -> None:
    async with (
        running_app(tmp_path_factory.mktemp("data"), anthropic_api_key="any") as app,
        cast(app) as people,
    ):
        ident = await give(people.participant, people.path)
        asked = await people.participant.post(f"{people.path}/inputs/{ident}/erase")
        assert "model" in [one["where"] for one in asked.json()["may_remain"]]
