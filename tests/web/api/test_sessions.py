"""`web.api.sessions`: making sessions, seeing them, moving them on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.orm import Session

from store import audit
from tests.harness import NEW_SESSION, RunningApp, api, participant
from tests.web.people import Client, new_session


@pytest.fixture(scope="module")
async def script(app: RunningApp) -> AsyncIterator[Client]:
    """A facilitator's script."""
    async with api(app.url) as client:
        yield client


async def test_a_new_session_is_whole(app: RunningApp, script: Client) -> None:
    made = await script.post("/api/sessions", json={**NEW_SESSION, "facilitator_name": "Zoë"})
    assert made.status_code == 201
    session = made.json()
    invitations = session.pop("invitations")
    me = session["me"]
    assert me["name"] == "Zoë"
    assert me["role"] == "facilitator"
    assert session == {
        "id": session["id"],
        "title": "Harbour development",
        "question": "How should the harbour grow?",
        "type": "strategic_planning",
        "phase": "gathering",
        "room": session["room"],
        "created_at": session["created_at"],
        "facilitator_reads_inputs": False,
        "external_ai": True,
        "settings_locked": False,
        "inputs": {"count": 0, "people": 0},
        "run": None,
        "me": me,
        "participants": [
            {
                "id": me["participant"],
                "name": "Zoë",
                "role": "facilitator",
                "delegation": None,
                "joined_at": session["participants"][0]["joined_at"],
            }
        ],
    }
    assert session["created_at"].endswith("Z")
    assert [one["email"] for one in invitations] == ["ana@example.org", "ben@example.org"]
    for one in invitations:
        link, _, secret = one["link"].partition("#")
        assert link == f"{app.url}/join"
        assert len(secret) == 43
        assert (one["state"], one["role"], one["mailed"]) == ("open", "participant", False)
    assert (await script.get(f"/api/sessions/{session['id']}")).json() == session


@pytest.mark.parametrize(
    "kind", ["climate", "strategic_planning", "procurement", "merger", "other"]
)
async def test_every_type_is_taken(script: Client, kind: str) -> None:
    assert (await new_session(script, type=kind))["type"] == kind


@pytest.mark.parametrize(
    "fields",
    [
        {"title": "ab"},
        {"title": "  ab  "},
        {"title": "x" * 201},
        {"question": "x" * 2001},
        {"question": ""},
        {"type": "war"},
        {"stakeholders": ["ana"]},
        {"stakeholders": ["ana@example.org, eve@example.org"]},
        {"stakeholders": ["ana,eve@example.org"]},
        {"stakeholders": ["<ana@example.org>"]},
        {"stakeholders": ["ana@example.org\nBcc: eve@example.org"]},
        {"stakeholders": ["ana@"]},
        {"stakeholders": ["p@example.org"] * 501},
    ],
)
async def test_what_makes_no_session_makes_nothing(script: Client, fields: dict[str, Any]) -> None:
    before = len((await script.get("/api/sessions")).json()["sessions"])
    answer = await script.post("/api/sessions", json={**NEW_SESSION, **fields})
    assert answer.status_code == 422
    (field,) = fields
    assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert len((await script.get("/api/sessions")).json()["sessions"]) == before


async def test_somebody_named_twice_is_invited_once(script: Client) -> None:
    session = await new_session(
        script, stakeholders=["ana@bücher.example", "ana@bücher.example", " ben@example.org "]
    )
    assert [one["email"] for one in session["invitations"]] == [
        "ana@xn--bcher-kva.example",
        "ben@example.org",
    ]


async def test_sessions_are_listed_the_newest_first(script: Client) -> None:
    first, second = await new_session(script), await new_session(script)
    found = [one["id"] for one in (await script.get("/api/sessions")).json()["sessions"]]
    assert found.index(second["id"]) < found.index(first["id"])


async def test_title_and_question_can_be_corrected_and_the_room_shows_it(
    app: RunningApp, script: Client
) -> None:
    session = await new_session(script)
    path = f"/api/sessions/{session['id']}"
    corrected = await script.patch(path, json={"title": "A quieter harbour"})
    assert corrected.json()["title"] == "A quieter harbour"
    assert corrected.json()["question"] == "How should the harbour grow?"
    await script.patch(path, json={"question": "How quiet should it be?"})
    room = await app.services.registry.of_session(session["id"])
    shown = room.document.root_map("session").to_py()
    assert shown is not None
    assert (shown["title"], shown["question"]) == ("A quieter harbour", "How quiet should it be?")
    assert (await script.patch(path, json={"title": "x"})).status_code == 422


async def test_who_reads_can_be_chosen_until_somebody_has_given_something(
    app: RunningApp, script: Client
) -> None:
    session = await new_session(script, facilitator_reads_inputs=True, external_ai=False)
    path = f"/api/sessions/{session['id']}"
    secret = {"invitation": session["invitations"][0]["link"].split("#")[1]}
    seen = (await script.post("/api/invitations/preview", json=secret)).json()
    assert (seen["facilitator_reads_inputs"], seen["external_ai"]) == (True, False)
    wanted = {"facilitator_reads_inputs": False, "external_ai": True}
    changed = (await script.patch(path, json=wanted)).json()
    assert {name: changed[name] for name in wanted} == wanted
    await script.patch(path, json=wanted)  # nothing new
    async with participant(app.url, session["invitations"][0]["link"], "Ana") as (ana, _):
        await ana.post(f"{path}/inputs", json={"text": "Buses."})
        assert (await ana.patch(path, json={"external_ai": False})).status_code == 403
    assert (await script.get(path)).json()["settings_locked"]
    for body in (
        {"facilitator_reads_inputs": True},
        {"title": "Another title", "facilitator_reads_inputs": True, "external_ai": False},
    ):
        refused = await script.patch(path, json=body)
        assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (
            409,
            "settings-locked",
        )
    stricter = await script.patch(path, json={"external_ai": False})
    assert (stricter.status_code, stricter.json()["external_ai"]) == (200, False)
    assert stricter.json()["title"] == session["title"]
    looser = await script.patch(path, json={"external_ai": True})
    assert looser.status_code == 409
    entries = await app.services.database.read(audit.entries, session["id"])
    set_ = [one.details["new"] for one in entries if one.action == "session.privacy_set"]
    assert set_ == [wanted, {"external_ai": False}]


async def test_a_facilitator_moves_phases_and_only_votes_agree(
    app: RunningApp, script: Client
) -> None:
    session = await new_session(script)
    path = f"/api/sessions/{session['id']}/phase"
    for phase in ("drafting", "refining", "gathering"):
        assert (await script.post(path, json={"phase": phase})).json()["phase"] == phase
    for seen in ("gathering", "refining"):
        answer = await script.post(path, json={"phase": "gathering", "seen": seen})
        assert answer.status_code == 409
        assert answer.json()["type"].endswith("/phase-moved")
    answer = await script.post(path, json={"phase": "agreed"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/not-by-hand")
    assert (await script.post(path, json={"phase": "done"})).status_code == 422
    found = (await script.get(f"/api/sessions/{session['id']}")).json()
    assert found["phase"] == "gathering"


async def test_every_change_is_in_the_audit_with_who_did_it_and_without_its_text(
    app: RunningApp, script: Client
) -> None:
    session = await new_session(script)
    path = f"/api/sessions/{session['id']}"
    await script.patch(path, json={"title": "Unheard of"})
    await script.post(f"{path}/phase", json={"phase": "drafting"})
    await script.post(f"{path}/invitations", json={})
    gave = await script.post(f"{path}/inputs", json={"text": "Unheard of"})
    await script.delete(f"{path}/inputs/{gave.json()['id']}")

    def query(row: Session) -> list[tuple[str, str, str]]:
        return [
            (one.action, one.actor, str(one.details)) for one in audit.entries(row, session["id"])
        ]

    found = await app.services.database.read(query)
    assert [action for action, _, _ in found] == [
        "session.created",
        "session.corrected",
        "session.moved",
        "invitation.created",
        "input.given",
        "input.withdrawn",
    ]
    assert {actor for _, actor, _ in found} == {session["me"]["participant"]}
    assert "Unheard" not in str(found)


async def test_many_sessions_at_once_are_many_sessions(script: Client) -> None:
    made = await asyncio.gather(*(new_session(script) for _ in range(20)))
    assert len({one["room"] for one in made}) == 20
