"""`web.api.runs`: setting the bot to work and hearing how it gets on. Streams: see tests/web/test_events.py."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from tests.harness import RunningApp
from tests.web.people import Cast, cast, events_of, listening, refine, signed_in


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, where the bot has not been yet."""
    async with cast(app) as found:
        yield found


async def test_a_run_that_has_nothing_to_read_says_so(app: RunningApp, people: Cast) -> None:
    run = await refine(app, people.script, people.session["id"])
    assert run["status"] == "failed"
    assert "Nobody has given an input yet" in run["message"]
    assert (await people.observer.get(f"{people.path}/runs/{run['id']}")).json() == run


async def test_a_run_says_how_it_works_and_what_came_of_it(app: RunningApp, people: Cast) -> None:
    await people.participant.post(
        f"{people.path}/inputs", json={"text": "The harbour should have a quiet basin."}
    )
    run = await refine(app, people.script, people.session["id"])
    assert run["status"] == "done"
    assert (run["mode"], run["model"], run["trigger"]) == ("extractive", None, "facilitator")
    assert run["started_at"] <= run["ended_at"]
    assert (await people.observer.get(people.path)).json()["run"] == run


async def test_one_run_at_a_time(app: RunningApp, people: Cast) -> None:
    events = events_of(app, people.session["id"])
    await anext(events)
    first = await people.script.post(f"{people.path}/refine")
    second = await people.script.post(f"{people.path}/refine")
    assert first.status_code == 202
    assert second.status_code in (202, 409)
    if second.status_code == 409:
        assert second.json()["type"].endswith("/run-in-progress")
    async for name, data in events:
        if name == "run" and data["status"] in ("done", "failed"):
            break
    await events.aclose()


async def test_a_run_of_another_session_does_not_exist(app: RunningApp, people: Cast) -> None:
    run = await refine(app, people.script, people.session["id"])
    async with cast(app) as others:
        answer = await others.participant.get(f"{others.path}/runs/{run['id']}")
        assert answer.status_code == 404


async def test_a_stream_ends_when_its_login_does(app: RunningApp, people: Cast) -> None:
    async with signed_in(app.url) as browser:
        await app.services.database.write(
            lambda session: session.execute(
                text(
                    "UPDATE logins SET expires_at = strftime('%Y-%m-%d %H:%M:%f', 'now', '+1 second')"
                )
            )
        )
        async with listening(browser, people.path) as told:
            assert [one async for one in told] == []
        assert (await browser.get(f"{people.path}/events")).status_code == 401
