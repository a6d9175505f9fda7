"""`web.api.pictures`: pages as they look, for who may read the document."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.harness import RunningApp
from tests.ingest.files import line, pdf
from tests.web.api.test_documents import ended, give
from tests.web.people import Cast, cast


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def test_a_page_is_shown_with_its_passage_marked_to_who_may_read_it(people: Cast) -> None:
    text = pdf(line("The harbour grows slowly."), pages=2).decode("latin-1")
    ident = await give(people.participant, people.path, text, name="a.pdf")
    row = await ended(people.participant, people.path, ident)
    assert row["units"] == 2
    pages = f"{people.path}/documents/{ident}/pages"
    plain = await people.participant.get(f"{pages}/1.png")
    assert plain.status_code == 200, plain.text
    assert plain.headers["content-type"] == "image/png"
    assert plain.headers["x-content-type-options"] == "nosniff"
    marked = await people.participant.get(f"{pages}/1.png?start=0&end=10")
    assert plain.content.startswith(b"\x89PNG")
    assert marked.content != plain.content
    for number, status in (("3", 404), ("0", 422), ("x", 422)):
        answer = await people.participant.get(f"{pages}/{number}.png")
        assert answer.status_code == status, number
    for role in ("nobody", "stranger", "observer", "facilitator", "another"):
        answer = await people.as_(role).get(f"{pages}/1.png")
        assert answer.status_code in (401, 404), role


async def test_only_a_pdf_has_pages_and_a_deleted_one_none(app: RunningApp, people: Cast) -> None:
    ident = await give(people.participant, people.path)
    await ended(people.participant, people.path, ident)
    path = f"{people.path}/documents/{ident}"
    assert (await people.participant.get(f"{path}/pages/1.png")).status_code == 404
    await people.participant.delete(path)
    assert (await people.participant.get(f"{path}/pages/1.png")).status_code == 404
