"""`web.api.measures`: measures for all, the receipt for oneself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.harness import RunningApp
from tests.web.people import Cast, cast, refine


@pytest.fixture(scope="module")
def changes() -> dict[str, Any]:
    """The bot sets to work only when it is told to."""
    return {"refine_debounce_seconds": 3600, "refine_max_wait_seconds": 3600}


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody."""
    async with cast(app) as found:
        yield found


async def propose(app: RunningApp, people: Cast) -> dict[str, Any]:
    """Let the bot propose the participant's sentence."""
    await people.participant.post(
        f"{people.path}/inputs", json={"text": "Buses must run on Sundays."}
    )
    await refine(app, people.script, people.session["id"])
    found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    one: dict[str, Any] = found[0]
    return one


async def accept(people: Cast, suggestion: dict[str, Any]) -> None:
    path = f"{people.path}/suggestions/{suggestion['id']}/accept"
    assert (await people.facilitator.post(path)).status_code == 200


async def test_from_an_input_to_a_sourced_sentence_and_back_by_dispute(
    app: RunningApp, people: Cast
) -> None:
    empty = (await people.observer.get(f"{people.path}/measures")).json()
    assert (empty["groundedness"], empty["coverage"], empty["sentences"]) == (None, None, [])
    suggestion = await propose(app, people)
    heard = f"{people.path}/heard"
    assert (await people.participant.get(heard)).json()["points"][0]["fate"] == "proposed"
    await accept(people, suggestion)
    found = (await people.observer.get(f"{people.path}/measures")).json()
    assert (found["groundedness"], found["coverage"], found["weakest"]) == (1.0, 1.0, 1.0)
    (sentence,) = found["sentences"]
    assert sentence["standing"] == "sourced"
    assert sentence["sources"][0]["quote"] == "Buses must run on Sundays."
    assert found["mine"] is None
    (point,) = (await people.participant.get(heard)).json()["points"]
    assert (point["fate"], point["uses"][0]["suggestion"]) == ("in_text", suggestion["id"])
    assert (await people.facilitator.get(heard)).json()["points"] == []

    citation = point["uses"][0]["citation"]
    refused = await people.facilitator.post(f"{heard}/{citation}/dispute", json={})
    assert refused.status_code == 404
    told = await people.participant.post(
        f"{heard}/{citation}/dispute", json={"text": "Only in summer."}
    )
    assert told.json()["points"][0]["fate"] == "disputed"
    again = await people.participant.post(f"{heard}/{citation}/dispute", json={})
    assert again.json()["type"].endswith("/already-disputed")
    found = (await people.observer.get(f"{people.path}/measures")).json()
    assert (found["groundedness"], found["uncited"]) == (0.0, 1)
    mine = (await people.participant.get(f"{people.path}/critiques")).json()["critiques"]
    assert [(one["visibility"], "Only in summer." in one["text"]) for one in mine] == [
        ("private", True)
    ]
    assert (await people.facilitator.get(f"{people.path}/critiques")).json()["critiques"] == []


async def test_measures_name_no_input_to_who_may_not_read_them(
    app: RunningApp, people: Cast
) -> None:
    gave = await people.participant.post(f"{people.path}/inputs", json={"text": "My secret."})
    for client in (people.observer, people.facilitator, people.participant):
        found = (await client.get(f"{people.path}/measures")).text
        assert gave.json()["id"] not in found
        assert "secret" not in found


async def test_a_small_group_is_warned_that_anonymous_quotes_can_be_guessed(
    app: RunningApp, people: Cast
) -> None:
    await people.participant.post(f"{people.path}/inputs", json={"text": "Buses."})
    found = (await people.participant.get(f"{people.path}/measures")).json()["anonymity"]
    assert (found["among"], found["people"]) == (1, 2)  # an observer hides nobody
    assert "guess" in found["warning"]
