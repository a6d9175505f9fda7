"""`web.api.passages`: what can be jumped to in a document, and where a citation stands in it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from tests.harness import RunningApp
from tests.web.api.test_documents import ended, give
from tests.web.people import Cast, cast


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def test_headings_are_what_can_be_jumped_to(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}"
    found = (await people.participant.get(f"{path}/contents")).json()
    assert [(one["level"], one["title"]) for one in found["contents"]] == [
        (1, "Harbour"), (1, "Money"),
    ]  # fmt: skip
    assert found["of"] == (await people.participant.get(f"{path}/text")).json()["of"]


async def test_a_citation_leads_to_its_words(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}"
    (hit,) = (await people.participant.get(f"{people.path}/search?q=ships")).json()["hits"]
    found = await people.participant.get(
        f"{path}/passage",
        params={"place": json.dumps(hit["places"][0]), "quote": "The harbour grows slowly."},
    )
    text = (await people.participant.get(f"{path}/text", params=found.json())).json()["text"]
    assert text == "The harbour grows slowly."
    assert (await people.participant.get(f"{path}/passage")).json() == {"start": 0, "end": 0}


@pytest.mark.parametrize("place", ["nonsense", "[1]", '"page"', "[" * 3000])
async def test_what_is_no_place_is_refused(people: Cast, place: str) -> None:
    ident = await give(people.participant, people.path)
    answer = await people.participant.get(
        f"{people.path}/documents/{ident}/passage", params={"place": place}
    )
    assert answer.status_code == 422
    assert "place" in answer.json()["detail"]


async def test_a_private_document_has_no_passages_for_others(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    for role in ("nobody", "stranger", "observer", "facilitator", "another"):
        for what in ("contents", "passage"):
            path = f"{people.path}/documents/{ident}/{what}"
            assert (await people.as_(role).get(path)).status_code in (401, 404), (role, what)
