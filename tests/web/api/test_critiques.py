"""`web.api.critiques`: objections, open and private."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab.origins import SERVER
from tests.harness import RunningApp
from tests.web.people import Cast, cast


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    """Everybody, where nothing has been objected to yet."""
    async with cast(app) as found:
        yield found


async def comments(app: RunningApp, people: Cast) -> dict[str, Any]:
    """Return what the shared document shows."""
    room = await app.services.registry.of_session(people.session["id"])
    found: dict[str, Any] = room.document.root_map("comments").to_py() or {}
    return found


async def test_an_open_critique_is_in_the_document_and_a_private_one_is_not(
    app: RunningApp, people: Cast
) -> None:
    given = {}
    for visibility in ("open", "private"):
        gave = await people.participant.post(
            f"{people.path}/critiques", json={"text": "Too vague.", "visibility": visibility}
        )
        assert gave.status_code == 201
        given[visibility] = gave.json()
    shown = await comments(app, people)
    assert list(shown) == [given["open"]["id"]]
    entry = shown[given["open"]["id"]]
    assert (entry["text"], entry["author"], entry["resolved"]) == (
        "Too vague.",
        "Participant",
        False,
    )
    assert given["private"]["mine"]
    assert given["private"]["author"]["name"] == "Participant"


async def test_a_critique_can_be_of_a_place_in_the_text(app: RunningApp, people: Cast) -> None:
    anchor = {"type": None, "tname": "consensus-statement", "item": None, "assoc": 0}
    gave = await people.participant.post(
        f"{people.path}/critiques",
        json={
            "text": "Here.",
            "visibility": "open",
            "start": anchor,
            "end": {**anchor, "assoc": -1},
            "quote": "the words",
        },
    )
    assert gave.status_code == 201, gave.text
    assert gave.json()["start"]["tname"] == "consensus-statement"
    assert (await comments(app, people))[gave.json()["id"]]["quote"] == "the words"


@pytest.mark.parametrize(
    "anchor",
    [
        {},
        {"item": "x"},
        {"item": {"client": -1, "clock": 0}, "assoc": 0},
        {"item": {"client": 1, "clock": 2**80}, "assoc": 0},
        {"item": {"client": "1", "clock": 0}, "assoc": 7},
        {"tname": "another root", "assoc": 0},
        {"tname": "\ud800", "assoc": 0},
        {"a": {"b": {"c": {}}}},
    ],
)
@pytest.mark.parametrize("field", ["start", "end"])
async def test_a_place_that_is_none_is_refused_and_nothing_is_written(
    app: RunningApp, people: Cast, anchor: dict[str, Any], field: str
) -> None:
    answer = await people.participant.post(
        f"{people.path}/critiques",
        content=json.dumps({"text": "Here.", "visibility": "open", field: anchor}),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert await comments(app, people) == {}
    found = (await people.participant.get(f"{people.path}/critiques")).json()["critiques"]
    assert found == []


async def test_its_author_or_a_facilitator_settles_a_critique(
    app: RunningApp, people: Cast
) -> None:
    for settling in (people.participant, people.facilitator):
        gave = await people.participant.post(
            f"{people.path}/critiques", json={"text": "Too vague.", "visibility": "open"}
        )
        ident = gave.json()["id"]
        for _ in range(2):  # twice is no harm
            answer = await settling.post(f"{people.path}/critiques/{ident}/resolve")
            assert answer.status_code == 200
            assert answer.json()["resolved"]
            assert answer.json()["mine"] is (settling is people.participant)
        assert (await comments(app, people))[ident]["resolved"]
    gave = await people.facilitator.post(
        f"{people.path}/critiques", json={"text": "Mine.", "visibility": "open"}
    )
    refused = await people.participant.post(f"{people.path}/critiques/{gave.json()['id']}/resolve")
    assert refused.status_code == 403


async def test_a_private_critique_is_settled_without_a_trace_in_the_document(
    app: RunningApp, people: Cast
) -> None:
    gave = await people.participant.post(
        f"{people.path}/critiques", json={"text": "Between us.", "visibility": "private"}
    )
    answer = await people.participant.post(f"{people.path}/critiques/{gave.json()['id']}/resolve")
    assert answer.json()["resolved"]
    assert await comments(app, people) == {}


async def test_a_critique_whose_entry_somebody_took_out_is_settled_all_the_same(
    app: RunningApp, people: Cast
) -> None:
    gave = await people.participant.post(
        f"{people.path}/critiques", json={"text": "Too vague.", "visibility": "open"}
    )
    ident = gave.json()["id"]
    room = await app.services.registry.of_session(people.session["id"])
    await room.edit(lambda document: document.root_map("comments").pop(ident), SERVER)
    answer = await people.participant.post(f"{people.path}/critiques/{ident}/resolve")
    assert answer.status_code == 200
    assert answer.json()["resolved"]
