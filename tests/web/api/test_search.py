"""`web.api.search`: what is found, by whom, and how it says it was looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import RunningApp, running_app
from tests.ingest.models import make_model
from tests.web.api.test_documents import ended, give
from tests.web.people import Cast, cast


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def test_a_hit_leads_to_its_place(people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    found = (await people.participant.get(f"{people.path}/search", params={"q": "ships"})).json()
    assert (found["by"], found["model"]) == ("words", None)
    (hit,) = found["hits"]
    assert hit["document"] == {"id": ident, "name": "plan.md"}
    assert hit["headings"] == ["Harbour"]
    assert hit["found_by"] == ["words"]
    assert hit["places"][-1]["kind"] == "under"
    text = await people.participant.get(
        f"{people.path}/documents/{ident}/text",
        params={"start": hit["start"], "end": hit["end"]},
    )
    assert text.json()["text"] == hit["text"]


async def test_people_find_what_they_may_read_and_nothing_else(people: Cast) -> None:
    private = await give(people.participant, people.path, "A private harbour.")
    shared = await give(people.participant, people.path, "A shared harbour.", visibility="session")
    for ident in (private, shared):
        await ended(people.participant, people.path, ident)
    for role, wanted in (("participant", 2), ("facilitator", 1), ("observer", 1)):
        found = await people.as_(role).get(f"{people.path}/search", params={"q": "harbour"})
        assert len(found.json()["hits"]) == wanted, role
    for role in ("nobody", "stranger", "another"):
        found = await people.as_(role).get(f"{people.path}/search", params={"q": "harbour"})
        assert found.status_code in (401, 404)


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": "x" * 1001}, {"q": "x", "limit": 0}])
async def test_what_is_no_question_is_refused(people: Cast, params: dict[str, str]) -> None:
    answer = await people.participant.get(f"{people.path}/search", params=params)
    assert answer.status_code == 422


async def test_with_a_model_it_is_searched_by_meaning_and_says_so(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "tiny")
    changes = {"embeddings": "local", "embedding_folder": folder}
    async with running_app(tmp_path / "data", **changes) as app, cast(app) as people:
        ident = await give(people.participant, people.path)
        document = await ended(people.participant, people.path, ident)
        assert document["model"].startswith("local/tiny@")
        found = (
            await people.participant.get(f"{people.path}/search", params={"q": "vessel"})
        ).json()
        assert (found["by"], found["model"]) == ("words and meaning", document["model"])
        assert "Ships" in found["hits"][0]["text"]


async def test_a_model_that_cannot_be_reached_leaves_search_by_words(tmp_path: Path) -> None:
    changes = {
        "embeddings": "openai",
        "embedding_model": "m",
        "embedding_url": "http://127.0.0.1:9/v1",
    }
    async with running_app(tmp_path / "data", **changes) as app, cast(app) as people:
        found = await people.participant.get(f"{people.path}/search", params={"q": "ships"})
        assert (found.status_code, found.json()["by"]) == (200, "words")
