"""`web.notices`: what pages and other Yjs clients hear of a change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collab.document import SESSION
from tests.harness import PATIENCE, RunningApp
from tests.web.people import Cast, cast, listening, new_session
from tests.web.wire import peer, room_token


@pytest.fixture(scope="module")
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def test_a_new_title_is_told_to_pages_and_stands_in_the_document(
    app: RunningApp, people: Cast
) -> None:
    session = await new_session(people.script)
    token = await room_token(people.script, session["id"])
    address = f"{app.ws_url}/{session['room']}?token={token}"
    async with peer(address) as other:
        await people.script.patch(f"/api/sessions/{session['id']}", json={"title": "New title"})

        def title() -> Any:
            return other.document.root_map(SESSION).to_py()

        await other.until(lambda: (title() or {}).get("title") == "New title")


async def first_until(
    events: AsyncIterator[tuple[str, Any]], last: str
) -> AsyncIterator[tuple[str, Any]]:
    async for event in events:
        yield event
        if event[0] == last:
            return


async def test_of_an_input_only_the_number_is_told(people: Cast) -> None:
    async with listening(people.script, people.path) as events, asyncio.timeout(PATIENCE):
        given = await people.participant.post(
            f"{people.path}/inputs", json={"text": "A very private thought."}
        )
        assert given.status_code == 201
        told = [data async for name, data in first_until(events, "inputs") if name == "inputs"]
    assert told == [{"count": 1, "people": 1}]
