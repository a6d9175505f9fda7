"""`web.api.rounds`: a round over HTTP, without a model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from ai.schulze import commitment
from tests.harness import PATIENCE, RunningApp
from tests.web.people import Cast, cast, events_of, open_round


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """The bot sets to work only when it is told to."""
    return {"refine_debounce_seconds": 3600, "refine_max_wait_seconds": 3600}


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, with something to make candidates of."""
    async with cast(app) as found:
        for client, text in (
            (found.participant, "Buses must run on Sundays."),
            (found.facilitator, "No cars in the old town."),
        ):
            await client.post(f"{found.path}/inputs", json={"text": text})
        await found.script.post(f"{found.path}/phase", json={"phase": "drafting"})
        yield found


async def rank(people: Cast, row: dict[str, Any], *ranking: Any) -> Any:
    return await people.participant.post(
        f"{people.path}/rounds/{row['id']}/rankings", json={"ranking": list(ranking)}
    )


async def test_candidates_are_ranked_counted_and_become_suggestions(
    app: RunningApp, people: Cast
) -> None:
    row = await open_round(app, people)
    assert row["open"]
    assert (row["secret"], row["result"]) == (None, None)
    quotes = [one for one in row["candidates"] if one["changes"]]
    (as_it_stands,) = [one for one in row["candidates"] if not one["changes"]]
    assert as_it_stands["style"] == "status quo"
    best = max(quotes, key=lambda one: len(one["changes"]))
    answer = await rank(people, row, best["id"], [as_it_stands["id"]])
    assert answer.status_code == 201
    assert answer.json()["rounds"][0]["mine"] == [[best["id"]], [as_it_stands["id"]]]
    seen = (await people.facilitator.get(f"{people.path}/rounds")).json()["rounds"][0]
    assert (seen["cast"], seen["mine"]) == (1, None)
    async with (
        aclosing(events_of(app, people.session["id"])) as events,
        asyncio.timeout(PATIENCE),
    ):
        await anext(events)
        closed = await people.facilitator.post(f"{people.path}/rounds/{row['id']}/close")
        assert closed.status_code == 200
        async for name, data in events:
            if name == "run" and data["status"] == "done":
                break
    ended = closed.json()["rounds"][0]
    assert ended["result"]["winner"] == best["id"]
    assert commitment(ended["secret"]) == row["commitment"]
    found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    assert [one["text"] for one in found] == [one["text"] for one in best["changes"]]
    again = await people.facilitator.post(f"{people.path}/rounds/{row['id']}/close")
    assert again.json()["type"].endswith("/round-closed")


async def test_rankings_that_cannot_count_are_refused(app: RunningApp, people: Cast) -> None:
    row = await open_round(app, people)
    one = row["candidates"][0]["id"]
    wrong: list[list[Any]] = [[one, one], ["nobody"], [[]]]
    for ranking in wrong:
        answer = await rank(people, row, *ranking)
        assert answer.status_code == 422, answer.text
        assert answer.json()["type"].endswith("/bad-ballot")
    assert (await rank(people, row, *["x"] * 41)).status_code == 422
    nowhere = await rank(people, {"id": "A" * 22}, one)
    assert nowhere.status_code == 404


async def test_a_round_over_its_time_takes_no_rankings(app: RunningApp, people: Cast) -> None:
    row = await open_round(app, people, minutes=60)
    assert row["closes_at"] is not None
    answer = await people.facilitator.post(f"{people.path}/phase", json={"phase": "deciding"})
    assert answer.status_code == 409
    assert (await people.facilitator.post(f"{people.path}/rounds")).status_code == 409


async def test_a_quote_that_was_taken_back_is_not_shown_any_more(
    app: RunningApp, people: Cast
) -> None:
    await open_round(app, people)
    mine = (await people.participant.get(f"{people.path}/inputs")).json()["inputs"][0]
    assert "Sundays" in (await people.facilitator.get(f"{people.path}/rounds")).text
    gone = await people.participant.delete(f"{people.path}/inputs/{mine['id']}")
    assert gone.status_code == 204
    shown = await people.facilitator.get(f"{people.path}/rounds")
    assert "Sundays" not in shown.text
    assert max(one["taken_back"] for one in shown.json()["rounds"][0]["candidates"]) == 1


async def test_no_input_is_named_by_id_and_no_author_without_leave(
    app: RunningApp, people: Cast
) -> None:
    await open_round(app, people)
    mine = (await people.participant.get(f"{people.path}/inputs")).json()["inputs"][0]
    shown = (await people.observer.get(f"{people.path}/rounds")).text
    assert mine["id"] not in shown
    assert "Participant" not in shown


async def test_people_say_themselves_whether_they_may_be_predicted(people: Cast) -> None:
    for wanted in (True, False):
        answer = await people.participant.put(
            f"{people.path}/consent", json={"predictable": wanted}
        )
        assert answer.json() == {"predictable": wanted}
        told = (await people.participant.get(people.path)).json()
        assert told["me"]["predictable"] is wanted
