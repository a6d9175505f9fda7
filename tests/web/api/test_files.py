"""`web.api.files`: what an address of this server gives, takes and refuses."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.harness import RunningApp, api
from tests.web.api.test_documents import ended, give
from tests.web.people import Cast, Client, cast

FILE = b"a file of thirty bytes, and so."


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


@pytest.fixture
async def stranger(app: RunningApp) -> AsyncIterator[Client]:
    """Somebody who knows nothing but an address."""
    async with api(app.url, token=None) as client:
        yield client


async def begin(people: Cast, **wishes: Any) -> str:
    body = {"name": "a.txt", "size": len(FILE), **wishes}
    made = await people.participant.post(f"{people.path}/direct-uploads", json=body)
    assert made.status_code == 201, made.text
    return str(made.json()["url"])


async def test_whoever_has_the_address_gets_the_file(people: Cast, stranger: Client) -> None:
    ident = await give(people.participant, people.path, name="plan.md")
    await ended(people.participant, people.path, ident)
    found = (await people.participant.get(f"{people.path}/documents/{ident}/link")).json()
    got = await stranger.get(found["url"])
    assert got.status_code == 200
    assert got.text.startswith("# Harbour")
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''plan.md"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    part = await stranger.get(found["url"], headers={"range": "bytes=2-8"})
    assert (part.status_code, part.text) == (206, "Harbour")
    head = await stranger.head(found["url"])
    assert (head.status_code, head.headers["content-length"]) == (
        200,
        got.headers["content-length"],
    )
    await people.participant.delete(f"{people.path}/documents/{ident}")
    assert (await stranger.get(found["url"])).status_code == 404


async def test_every_bad_address_gets_the_same_answer(
    app: RunningApp, people: Cast, stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await begin(people)
    path, query = urlsplit(url).path, urlsplit(url).query
    refused = [
        await stranger.get(url),
        await stranger.put(f"{path}x?{query}", content=FILE),
        await stranger.put(f"{path}?{query}A", content=FILE),
        await stranger.put(f"{path}?{query.replace('.', '')}", content=FILE),
        await stranger.put(path, content=FILE),
        await stranger.put("/api/files/nobody?grant=x.y", content=FILE),
    ]
    now = app.services.links._clock()
    with monkeypatch.context() as patch:
        patch.setattr(app.services.links, "_clock", lambda: now + 16 * 60)
        refused.append(await stranger.put(url, content=FILE))
    assert {(one.status_code, one.text) for one in refused} == {(403, refused[0].text)}
    assert refused[0].json()["type"].endswith("/bad-link")
    assert not await app.services.blobs.under("incoming")


async def test_a_file_of_another_length_is_refused(
    app: RunningApp, people: Cast, stranger: Client
) -> None:
    url = await begin(people)

    async def more() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield FILE

    async def less() -> AsyncIterator[bytes]:
        yield FILE[:-1]

    assert (await stranger.put(url, content=FILE + b"x")).status_code == 413
    assert (await stranger.put(url, content=FILE[:-1])).status_code == 409
    assert (await stranger.put(url, content=more())).status_code == 413
    assert (await stranger.put(url, content=less())).status_code == 409
    assert await app.services.blobs.under("incoming") == {}
    assert (await stranger.put(url, content=FILE)).status_code == 201


async def test_another_file_than_was_told_is_refused(
    app: RunningApp, people: Cast, stranger: Client
) -> None:
    url = await begin(people, sha256=hashlib.sha256(FILE).hexdigest())
    assert (await stranger.put(url, content=bytes(len(FILE)))).status_code == 460
    assert urlsplit(url).path.removeprefix("/api/files/") not in await app.services.blobs.under(
        "incoming"
    )
    assert (await stranger.put(url, content=FILE)).status_code == 201
