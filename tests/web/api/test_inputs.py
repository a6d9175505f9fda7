"""`web.api.inputs`: what people give in private."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.harness import RunningApp
from tests.web.people import Cast, cast, refine


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, where nothing has been given yet."""
    async with cast(app) as found:
        yield found


async def test_an_input_is_anonymous_unless_its_author_says_otherwise(people: Cast) -> None:
    for body, quote in (
        ({}, "anonymous"),
        ({"quote": "named"}, "named"),
        ({"quote": "never"}, "never"),
    ):
        gave = await people.participant.post(
            f"{people.path}/inputs", json={"text": "  Buses on Sundays.  ", **body}
        )
        assert gave.status_code == 201
        assert gave.json()["quote"] == quote
        assert gave.json()["text"] == "Buses on Sundays."
    found = (await people.participant.get(f"{people.path}/inputs")).json()["inputs"]
    assert [one["quote"] for one in found] == ["anonymous", "named", "never"]


async def test_everybody_sees_how_many_inputs_there_are_and_nobody_whose(people: Cast) -> None:
    for client in (people.participant, people.participant, people.facilitator):
        await client.post(f"{people.path}/inputs", json={"text": "One."})
    session = (await people.observer.get(people.path)).json()
    assert session["inputs"] == {"count": 3, "people": 2}


async def test_an_author_changes_the_wording_or_the_permission_alone(people: Cast) -> None:
    gave = (await people.participant.post(f"{people.path}/inputs", json={"text": "One."})).json()
    path = f"{people.path}/inputs/{gave['id']}"
    changed = (await people.participant.patch(path, json={"quote": "never"})).json()
    assert (changed["text"], changed["quote"]) == ("One.", "never")
    changed = (await people.participant.patch(path, json={"text": "Two."})).json()
    assert (changed["text"], changed["quote"]) == ("Two.", "never")
    assert changed["updated_at"] >= changed["created_at"]
    for bad in ({"text": ""}, {"text": "x" * 20_001}, {"quote": "always"}):
        assert (await people.participant.patch(path, json=bad)).status_code == 422


async def test_a_withdrawn_input_is_gone(people: Cast) -> None:
    gave = (await people.participant.post(f"{people.path}/inputs", json={"text": "One."})).json()
    path = f"{people.path}/inputs/{gave['id']}"
    assert (await people.participant.delete(path)).status_code == 204
    assert (await people.participant.get(f"{people.path}/inputs")).json()["inputs"] == []
    assert (await people.observer.get(people.path)).json()["inputs"] == {"count": 0, "people": 0}
    for answer in (
        await people.participant.delete(path),
        await people.participant.patch(path, json={"text": "Back."}),
    ):
        assert answer.status_code == 404


async def test_an_author_sees_where_an_input_was_used(app: RunningApp, people: Cast) -> None:
    await people.participant.post(
        f"{people.path}/inputs", json={"text": "The harbour should have a quiet basin."}
    )
    await refine(app, people.script, people.session["id"])
    (found,) = (await people.participant.get(f"{people.path}/inputs")).json()["inputs"]
    suggestions = (await people.participant.get(f"{people.path}/suggestions")).json()
    assert found["used_in"] == [one["id"] for one in suggestions["suggestions"]] != []


async def test_text_of_any_script_comes_back_as_it_was(people: Cast) -> None:
    text = "港は静かに 🦊👩‍👩‍👧 עברית\nنص\ttab \u200d end"
    gave = await people.participant.post(f"{people.path}/inputs", json={"text": text})
    assert gave.json()["text"] == text
