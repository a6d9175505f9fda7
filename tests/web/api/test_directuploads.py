"""`web.api.directuploads`: on the folder and on a real object store, past this server."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from tests.harness import RunningApp
from tests.objectstore import BUCKET, ObjectStore, object_store
from tests.web.api.test_documents import TEXT, ended, give
from tests.web.people import Cast, cast

DATA = TEXT.encode()


@pytest.fixture(scope="module", params=["folder", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore | None]:
    if request.param == "folder":
        yield None
        return
    with object_store() as made, pytest.MonkeyPatch.context() as patch:
        for name, value in made.environment.items():
            patch.setenv(name, value)
        yield made


@pytest.fixture(scope="module")
def changes(store: ObjectStore | None) -> dict[str, Any]:
    url = {"files_url": f"s3://{BUCKET}/files"} if store is not None else {}
    return {"max_file_bytes": 100_000, "min_free_bytes": 0, **url}


@pytest.fixture
async def people(app: RunningApp) -> AsyncIterator[Cast]:
    async with cast(app) as found:
        yield found


async def begin(people: Cast, **wishes: Any) -> dict[str, Any]:
    body = {"name": "plan.md", "size": len(DATA), **wishes}
    made = await people.participant.post(f"{people.path}/direct-uploads", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def send(app: RunningApp, url: str, data: bytes) -> httpx2.Response:
    """Put a file to its address: no cookie, no token."""
    async with httpx2.AsyncClient(base_url=app.url) as client:
        return await client.put(url, content=data)


async def complete(people: Cast, ident: str) -> Any:
    return await people.participant.post(f"{people.path}/direct-uploads/{ident}/complete")


async def test_a_file_goes_to_the_store_and_comes_back_from_it(
    app: RunningApp, people: Cast, store: ObjectStore | None
) -> None:
    made = await begin(people, sha256=hashlib.sha256(DATA).hexdigest(), visibility="session")
    assert made["method"] == "PUT"
    assert made["url"].startswith(store.url if store is not None else "/api/files/")
    assert (await complete(people, made["id"])).json()["type"].endswith("/not-uploaded")
    assert (await send(app, made["url"], DATA)).status_code in (200, 201)
    done = await complete(people, made["id"])
    assert done.status_code == 201, done.text
    assert (done.json()["name"], done.json()["visibility"]) == ("plan.md", "session")
    assert (await ended(people.participant, people.path, made["id"]))["status"] == "ready"
    path = f"{people.path}/documents/{made['id']}"
    answer = await people.observer.get(f"{path}/file")
    if store is not None:
        assert answer.status_code == 307
        assert answer.headers["location"].startswith(store.url)
        assert answer.headers["cache-control"] == "no-store"
    for url in (
        answer.headers.get("location"),
        (await people.observer.get(f"{path}/link")).json()["url"],
    ):
        if url is not None:
            async with httpx2.AsyncClient(base_url=app.url) as client:
                got = await client.get(url)
            assert got.content == DATA
            assert got.headers["content-type"] == "application/octet-stream"
            assert "filename*=UTF-8''plan.md" in got.headers["content-disposition"]
    assert (await people.participant.delete(path)).status_code == 204
    assert await app.services.blobs.under("") == {}


async def test_what_came_by_tus_is_in_the_store_too(
    app: RunningApp, people: Cast, store: ObjectStore | None
) -> None:
    ident = await give(people.participant, people.path)
    found = await ended(people.participant, people.path, ident)
    assert found["status"] == "ready"
    assert await app.services.blobs.size(ident) == len(DATA)
    got = await people.participant.get(
        f"{people.path}/documents/{ident}/file", follow_redirects=True
    )
    assert got.content == DATA


async def test_a_file_of_another_size_is_refused_and_deleted(
    app: RunningApp, people: Cast, store: ObjectStore | None
) -> None:
    made = await begin(people)
    sent = await send(app, made["url"], DATA * 2)
    if store is not None:  # it measures nothing
        assert sent.status_code == 200
        answer = await complete(people, made["id"])
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (413, "too-large")
    else:
        assert sent.status_code == 413
    assert await app.services.blobs.under("incoming") == {}
    assert (await complete(people, made["id"])).status_code == 409


@pytest.mark.parametrize("role", ["nobody", "stranger", "observer", "another", "facilitator"])
async def test_only_who_began_it_completes_it(people: Cast, role: str) -> None:
    made = await begin(people)
    client = people.as_(role)
    answer = await client.post(f"{people.path}/direct-uploads/{made['id']}/complete")
    assert answer.status_code in (401, 403, 404)
    if role != "facilitator":
        body = {"name": "a", "size": 1}
        answer = await client.post(f"{people.path}/direct-uploads", json=body)
        assert answer.status_code in (401, 403, 404)


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({"size": 100_001}, 413),
        ({"size": -1}, 422),
        ({"sha256": "x"}, 422),
        ({"quote": "always"}, 422),
        ({"name": "x" * 1001}, 422),
    ],
)
async def test_what_cannot_be_begun_is_refused(
    people: Cast, wish: dict[str, Any], status: int
) -> None:
    body = {"name": "a", "size": 1, **wish}
    answer = await people.participant.post(f"{people.path}/direct-uploads", json=body)
    assert answer.status_code == status
