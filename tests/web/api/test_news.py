"""`web.api.news`: what is new is the same on all devices, and no secret of anybody's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store import visits
from store.models import Visit
from tests.harness import RunningApp, participant
from tests.web.people import ROLES, Cast, Client, cast, refine


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def look(people: Cast, client: Client | None = None, **body: Any) -> dict[str, Any]:
    answer = await (client or people.participant).post(f"{people.path}/visits", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def leave(app: RunningApp) -> None:
    """Let all visits end."""

    def age(session: Session) -> None:
        for one in session.query(Visit):
            one.seen_at -= visits.PAUSE + timedelta(seconds=1)

    await app.services.database.write(age)


async def test_a_whole_absence_is_told_once_on_all_devices(app: RunningApp, people: Cast) -> None:
    first = await look(people)
    assert (first["since"], first["news"]) == (None, [])
    await leave(app)
    give = {"text": "The quay stays open.", "quote": "anonymous"}
    await people.participant.post(f"{people.path}/inputs", json=give)
    await people.facilitator.post(f"{people.path}/phase", json={"phase": "drafting"})
    for visibility in ("open", "private"):
        critique = {"text": "Quite secret words", "visibility": visibility}
        await people.facilitator.post(f"{people.path}/critiques", json=critique)
    run = await refine(app, people.facilitator, people.session["id"])
    assert run["of"] == 1, run

    back = await look(people)
    assert back["since"] is not None
    assert [(one["kind"], one["count"]) for one in back["news"]] == [
        ("suggested", 1), ("comments", 1), ("moved", 1),
    ]  # fmt: skip
    assert back["news"][-1]["phase"] == "drafting"
    assert "secret" not in str(back)
    assert "quay" not in str(back)
    # another device, a reload, a look without a sign of life: all say the same
    async with participant(app.url, people.participant_link, "Participant") as (phone, _):
        assert await look(people, phone) == back | {"mark": back["mark"] + 1}
    assert (await people.participant.get(f"{people.path}/news")).json()["news"] == back["news"]

    facilitator = (await people.facilitator.get(f"{people.path}/news")).json()
    assert facilitator["news"] == []  # never came by a page; what they did is no news to them

    await leave(app)
    later = await look(people)
    assert later["since"] >= back["since"]  # it tells whole seconds
    assert later["news"] == []


async def test_what_is_taken_as_read_is_gone_on_all_devices(app: RunningApp, people: Cast) -> None:
    await look(people)
    await people.facilitator.post(f"{people.path}/phase", json={"phase": "drafting"})
    shown = await look(people)
    assert [one["kind"] for one in shown["news"]] == ["moved"]
    await people.facilitator.patch(people.path, json={"title": "Another title"})
    left = await look(people, read=shown["mark"])
    assert [one["kind"] for one in left["news"]] == ["corrected"]
    assert (await people.participant.get(f"{people.path}/news")).json() == left
    assert (
        await people.participant.post(f"{people.path}/visits", json={"read": -1})
    ).status_code == 422


@pytest.mark.parametrize("role", ROLES)
async def test_only_members_may_look(people: Cast, role: str) -> None:
    expected = {"nobody": 401, "stranger": 404, "another": 404}.get(role, 200)
    assert (await people.as_(role).get(f"{people.path}/news")).status_code == expected
    assert (await people.as_(role).post(f"{people.path}/visits")).status_code == expected
