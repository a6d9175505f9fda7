"""`web.api.inputs`: what people give in private."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from store import audit
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


async def propose(app: RunningApp, people: Cast, quote: str) -> tuple[str, dict[str, Any]]:
    """Let the bot propose the participant's sentence; return the input's address and the suggestion."""
    text = "The harbour must keep a quiet basin for small boats."
    gave = await people.participant.post(
        f"{people.path}/inputs", json={"text": text, "quote": quote}
    )
    await refine(app, people.script, people.session["id"])
    found = (await people.script.get(f"{people.path}/suggestions")).json()["suggestions"]
    one: dict[str, Any] = found[0]
    return f"{people.path}/inputs/{gave.json()['id']}", one


async def entry(app: RunningApp, people: Cast, ident: str) -> dict[str, Any]:
    """Return a suggestion as the live document shows it."""
    room = await app.services.registry.of_session(people.session["id"])
    shown = room.document.root_map("suggestions").to_py()
    assert shown is not None
    found: dict[str, Any] = shown[ident]
    return found


async def everywhere(people: Cast) -> str:
    """Return all that anybody may read."""
    texts = [
        (await people.observer.get(f"{people.path}/{what}")).text
        for what in ("suggestions", "measures", "export.md", "report.json", "report.md")
    ]
    return "\n".join(texts)


async def test_a_name_is_taken_off_quotes_when_its_author_says_so(
    app: RunningApp, people: Cast
) -> None:
    path, one = await propose(app, people, "named")
    assert one["sources"][0]["author"] == "Participant"
    accepted = await people.facilitator.post(f"{people.path}/suggestions/{one['id']}/accept")
    assert accepted.status_code == 200
    assert (await people.participant.patch(path, json={"quote": "anonymous"})).status_code == 200
    (now,) = (await people.observer.get(f"{people.path}/suggestions")).json()["suggestions"]
    assert (now["sources"][0]["author"], now["status"]) == (None, "accepted")
    assert now["sources"][0]["quote"] == one["sources"][0]["quote"]
    shown = await entry(app, people, one["id"])
    assert shown["sources"][0]["author"] is None
    await people.participant.patch(path, json={"quote": "named"})
    shown = await entry(app, people, one["id"])
    assert shown["sources"][0]["author"] == "Participant"


@pytest.mark.parametrize("how", ["never", "withdraw"])
async def test_words_are_taken_off_everything_that_is_not_decided(
    app: RunningApp, people: Cast, how: str
) -> None:
    path, one = await propose(app, people, "anonymous")
    assert "quiet basin" in await everywhere(people)
    if how == "never":
        await people.participant.patch(path, json={"quote": "never"})
    else:
        await people.participant.delete(path)
    (now,) = (await people.observer.get(f"{people.path}/suggestions")).json()["suggestions"]
    assert (now["status"], now["sources"][0]["quote"], now["unquoted"]) == ("withdrawn", None, 1)
    shown = await entry(app, people, one["id"])
    assert (shown["status"], shown["sources"][0]["quote"]) == ("withdrawn", None)
    late = await people.facilitator.post(f"{people.path}/suggestions/{one['id']}/accept")
    assert late.status_code == 409
    for what in ("measures", "export.md", "report.json"):
        assert "quiet basin" not in (await people.observer.get(f"{people.path}/{what}")).text
    actors = [
        row.actor
        for row in await app.services.database.read(audit.entries, people.session["id"])
        if row.action == "suggestion.withdrawn"
    ]
    assert actors == ["server"]  # by whom is nobody's business


async def test_the_sentence_says_how_many_inputs_stand_behind_it_unquoted(
    app: RunningApp, people: Cast
) -> None:
    path, one = await propose(app, people, "anonymous")
    assert one["unquoted"] == 0
    await people.facilitator.post(f"{people.path}/suggestions/{one['id']}/accept")
    await people.participant.patch(path, json={"quote": "never"})
    found = (await people.observer.get(f"{people.path}/measures")).json()["sentences"]
    assert [(s["standing"], s["unquoted"]) for s in found] == [("sourced", 1)]
    assert "and 1 input not to be quoted" in (
        (await people.observer.get(f"{people.path}/export.md")).text
    )
    report = (await people.observer.get(f"{people.path}/report.md")).text
    assert "Supported by 1 input not to be quoted" in report
