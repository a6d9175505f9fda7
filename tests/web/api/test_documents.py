"""`web.api.documents`: who sees which file, its state and its text."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from tests.harness import PATIENCE, RunningApp
from tests.web.people import Cast, Client, cast, events_of, invite, listening, new_session

TUS = {"tus-resumable": "1.0.0"}
TEXT = "# Harbour\n\nThe harbour grows slowly. Ships wait.\n\n# Money\n\nThere is none.\n"


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def give(
    client: Client, path: str, text: str | bytes = TEXT, name: str = "plan.md", **wishes: str
) -> str:
    """Upload a file in one request; return its id."""
    pairs = {"filename": name, **wishes}
    header = ",".join(
        f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items()
    )
    data = text.encode() if isinstance(text, str) else text
    made = await client.post(
        f"{path}/uploads",
        headers={
            **TUS,
            "upload-length": str(len(data)),
            "upload-metadata": header,
            "content-type": "application/offset+octet-stream",
        },
        content=data,
    )
    assert made.status_code == 201, made.text
    return str(made.headers["location"].rpartition("/")[2])


async def ended(client: Client, path: str, ident: str) -> dict[str, Any]:
    """Wait until a document is ready or failed."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found: dict[str, Any] = (await client.get(f"{path}/documents/{ident}")).json()
            if found["status"] in ("ready", "failed"):
                return found
            await asyncio.sleep(0.02)


async def test_a_document_tells_what_became_of_it(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    found = await ended(people.participant, people.path, ident)
    assert (found["status"], found["percent"], found["kind"]) == ("ready", 100, "markdown")
    assert found["name"] == "plan.md"
    assert (found["quote"], found["visibility"], found["mine"]) == ("anonymous", "private", True)
    index = (await people.participant.get(f"{people.path}/documents")).json()
    assert index == {"documents": [found], "model": None}


async def test_a_file_that_cannot_be_read_says_why(people: Cast) -> None:
    ident = await give(people.participant, people.path, "", name="a.pdf")
    found = await ended(people.participant, people.path, ident)
    assert (found["status"], found["reason"]) == ("failed", "empty")
    assert "This file is empty." in found["message"]


async def test_a_private_document_does_not_exist_for_others(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    for role in ("nobody", "stranger", "observer", "facilitator", "another"):
        client = people.as_(role)
        for path in ("", "/text", "/file"):
            answer = await client.get(f"{people.path}/documents/{ident}{path}")
            assert answer.status_code in (401, 404), (role, path)
        answer = await client.get(f"{people.path}/documents")
        if answer.status_code == 200:
            assert answer.json()["documents"] == []


async def test_a_document_shown_to_all_is_read_by_all_and_changed_by_its_owner(
    people: Cast,
) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}"
    shown = await people.participant.patch(path, json={"visibility": "session", "quote": "named"})
    assert (shown.json()["visibility"], shown.json()["quote"]) == ("session", "named")
    seen = (await people.observer.get(path)).json()
    assert (seen["mine"], seen["visibility"]) == (False, "session")
    for role in ("observer", "facilitator", "stranger"):
        assert (await people.as_(role).patch(path, json={"quote": "never"})).status_code in (
            403,
            404,
        )
        assert (await people.as_(role).delete(path)).status_code in (403, 404)
    for bad in ({"quote": "always"}, {"visibility": "world"}):
        assert (await people.participant.patch(path, json=bad)).status_code == 422


async def test_a_facilitator_reads_all_where_the_session_says_so(
    app: RunningApp, people: Cast
) -> None:
    session = await new_session(people.facilitator, facilitator_reads_inputs=True)
    path = f"/api/sessions/{session['id']}"
    link = (await invite(people.facilitator, session["id"], role="participant"))["link"]
    from tests.harness import participant

    async with participant(app.url, link, "Ana") as (ana, _):
        ident = await give(ana, path)
        await ended(ana, path, ident)
        assert (await people.facilitator.get(f"{path}/documents/{ident}/text")).status_code == 200
        assert (await people.facilitator.delete(f"{path}/documents/{ident}")).status_code == 404


async def test_the_text_comes_in_pieces_with_its_blocks(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}/text"
    whole = (await people.participant.get(path)).json()
    assert whole["of"] == len(whole["text"]) == whole["end"]
    assert [(one["kind"], one["level"]) for one in whole["blocks"]] == [
        ("heading", 1), ("paragraph", 0), ("heading", 1), ("paragraph", 0),
    ]  # fmt: skip
    block = whole["blocks"][1]
    assert block["place"] == {"kind": "under", "headings": ["Harbour"]}
    part = (
        await people.participant.get(path, params={"start": block["start"], "end": block["end"]})
    ).json()
    assert part["text"] == "The harbour grows slowly. Ships wait."
    assert part["blocks"] == [block]
    beyond = (await people.participant.get(path, params={"start": 10_000})).json()
    assert (beyond["text"], beyond["blocks"]) == ("", [])
    assert (await people.participant.get(path, params={"start": -1})).status_code == 422


async def test_the_original_is_handed_out_and_never_opened(people: Cast) -> None:
    page = "<!doctype html><html><script>alert(1)</script><p>Hello</p></html>"
    ident = await give(people.participant, people.path, page, name='Größe "x".html')
    got = await people.participant.get(f"{people.path}/documents/{ident}/file")
    assert got.text == page
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%22x%22.html"
    )
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]


async def test_a_deleted_document_is_gone_with_its_file(app: RunningApp, people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}"
    assert (await people.participant.delete(path)).status_code == 204
    assert (await people.participant.delete(path)).status_code == 404
    assert (await people.participant.get(path)).status_code == 404
    assert not (app.services.settings.files_path / ident).exists()


async def test_progress_is_told_to_who_may_read_and_to_nobody_else(
    app: RunningApp, people: Cast
) -> None:
    async with (
        listening(people.participant, people.path) as mine,
        listening(people.facilitator, people.path) as theirs,
        asyncio.timeout(PATIENCE),
    ):
        await give(people.participant, people.path)
        assert await _first_name(mine, "ready") == "plan.md"
        await give(people.participant, people.path, visibility="session", name="shown.md")
        assert await _first_name(theirs, "uploaded", "processing") == "shown.md"


async def _first_name(events: AsyncIterator[tuple[str, Any]], *statuses: str) -> str | None:
    """Return the name of the first document that is told of in one of these states."""
    async for name, data in events:
        if name == "document" and data["status"] in statuses:
            return str(data["name"])
    return None


async def test_removal_is_told_too(app: RunningApp, people: Cast) -> None:
    ident = await give(people.participant, people.path, visibility="session")
    await ended(people.participant, people.path, ident)
    async with aclosing(events_of(app, people.session["id"])) as events, asyncio.timeout(PATIENCE):
        await anext(events)
        await people.participant.delete(f"{people.path}/documents/{ident}")
        async for name, data in events:
            if name == "document" and data["status"] == "removed":
                assert data == {"id": ident, "status": "removed"}
                break


async def test_a_document_that_is_hidden_again_is_gone_for_the_others(
    app: RunningApp, people: Cast
) -> None:
    ident = await give(people.participant, people.path, visibility="session")
    await ended(people.participant, people.path, ident)
    async with (
        listening(people.participant, people.path) as mine,
        listening(people.facilitator, people.path) as theirs,
        asyncio.timeout(PATIENCE),
    ):
        path = f"{people.path}/documents/{ident}"
        await people.participant.patch(path, json={"visibility": "private"})
        assert await _statuses_until(theirs, "removed") == ["removed"]
        assert await _statuses_until(mine, "ready") == ["ready"]


async def _statuses_until(events: AsyncIterator[tuple[str, Any]], last: str) -> list[str]:
    """Return how documents are told to stand, up to one."""
    found: list[str] = []
    async for name, data in events:
        if name == "document":
            found.append(data["status"])
            if data["status"] == last:
                break
    return found
