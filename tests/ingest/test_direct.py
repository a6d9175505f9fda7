"""`ingest.direct`: what goes past the server is measured before it is believed. Over HTTP: tests/web/api."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from ingest.direct import DirectUploads
from ingest.errors import UploadRefused
from ingest.metadata import written
from ingest.uploads import Upload
from store.blobs import Blobs
from store.errors import FilesUnavailable
from store.links import Links
from store.testing import Place, a_place
from tests.ingest.works import Works, works
from tests.objectstore import BUCKET, ObjectStore, object_store

TEXT = b"# Harbour\n\nIt grows slowly.\n"


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as made:
        yield made


@pytest.fixture(params=["folder", "s3"])
async def found(
    request: pytest.FixtureRequest, store: ObjectStore, tmp_path: Path
) -> AsyncIterator[Works]:
    blobs = None
    if request.param == "s3":
        blobs = Blobs(tmp_path, f"s3://{BUCKET}/{tmp_path.name}", **store.options)
    async with works(tmp_path, blobs=blobs) as made:
        yield made


@pytest.fixture
async def place(found: Works) -> Place:
    return await found.database.write(a_place)


@pytest.fixture
def direct(found: Works) -> DirectUploads:
    return DirectUploads(found.spool, found.blobs, found.ingest)


def an_upload(place: Place, length: int = len(TEXT), **metadata: str) -> Upload:
    pairs = written({"filename": "report.md", **metadata})
    return Upload("one", place.session, place.person, length, pairs)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def put(direct: DirectUploads, url: str, data: bytes) -> None:
    """Put a file to an address, as who has it would."""
    parts = urlsplit(url)
    if parts.netloc:
        async with httpx2.AsyncClient() as client:
            assert (await client.put(url, content=data)).status_code == 200
        return
    grant = parse_qs(parts.query)["grant"][0]
    key = parts.path.removeprefix("/api/files/")
    await direct.receive(Links(b"k" * 32).check(grant, key, "PUT"), pieces(data))


async def test_what_was_put_to_its_address_becomes_a_document(
    found: Works, place: Place, direct: DirectUploads
) -> None:
    upload = an_upload(place, sha256=hashlib.sha256(TEXT).hexdigest())
    await put(direct, await direct.begin(upload, used=0), TEXT)
    document = await direct.complete(upload)
    assert (document.name, document.size) == ("report.md", len(TEXT))
    assert document.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert (await found.ended("one")).status == "ready"
    assert b"".join([one async for one in found.blobs.read("one")]) == TEXT
    assert await found.blobs.under("incoming") == {}
    again = await direct.complete(found.spool.get("one"))
    assert again.id == document.id


async def test_before_it_has_arrived_it_is_not_complete(
    place: Place, direct: DirectUploads
) -> None:
    upload = an_upload(place)
    await direct.begin(upload, used=0)
    with pytest.raises(UploadRefused, match="Nothing has arrived") as refused:
        await direct.complete(upload)
    assert (refused.value.status, refused.value.reason) == (409, "not-uploaded")


async def _put_unchecked(found: Works, data: bytes, folder: Path) -> None:
    """Put what an object store would take: it does not measure."""
    path = folder / "unchecked"
    path.write_bytes(data)
    (folder / "files" / "incoming").mkdir(exist_ok=True, parents=True)
    await found.blobs.put("incoming/one", path)


@pytest.mark.parametrize(("data", "status"), [(TEXT + b"more", 413), (TEXT[:-1], 409), (b"", 409)])
async def test_another_size_than_was_said_is_refused_and_deleted(
    found: Works, place: Place, direct: DirectUploads, tmp_path: Path, data: bytes, status: int
) -> None:
    upload = an_upload(place)
    url = await direct.begin(upload, used=0)
    if found.blobs.signs:
        await put(direct, url, data)
    else:
        with pytest.raises(UploadRefused):
            await put(direct, url, data)
        assert await found.blobs.under("incoming") == {}
        await _put_unchecked(found, data, tmp_path)
    with pytest.raises(UploadRefused) as refused:
        await direct.complete(upload)
    assert refused.value.status == status
    assert await found.blobs.under("incoming") == {}
    await put(direct, url, TEXT)  # the address is still good for the right one
    assert (await direct.complete(upload)).size == len(TEXT)


async def test_another_file_than_was_told_is_refused_and_deleted(
    found: Works, place: Place, direct: DirectUploads, tmp_path: Path
) -> None:
    upload = an_upload(place, sha256=hashlib.sha256(b"another").hexdigest())
    url = await direct.begin(upload, used=0)
    if not found.blobs.signs:
        with pytest.raises(UploadRefused, match="not what was sent"):
            await put(direct, url, TEXT)
    await _put_unchecked(found, TEXT, tmp_path)
    with pytest.raises(UploadRefused, match="not what was sent") as refused:
        await direct.complete(upload)
    assert refused.value.status == 460
    assert await found.blobs.under("incoming") == {}
    assert found.spool.offset(upload) == 0


async def test_what_does_not_fit_gets_no_address(place: Place, direct: DirectUploads) -> None:
    with pytest.raises(UploadRefused) as refused:
        await direct.begin(an_upload(place, length=3 * 1024**3), used=0)
    assert refused.value.reason == "too-large"
    with pytest.raises(UploadRefused) as refused:
        await direct.begin(an_upload(place), used=20 * 1024**3)
    assert refused.value.reason == "quota"


async def test_where_nothing_signs_tus_is_the_way(found: Works, place: Place) -> None:
    direct = DirectUploads(found.spool, Blobs(Path(), "memory:///"), found.ingest)
    with pytest.raises(UploadRefused, match="tus") as refused:
        await direct.begin(an_upload(place), used=0)
    assert refused.value.reason == "not-signed"
    assert list(found.spool.all()) == []


async def test_a_part_of_a_file_is_no_file(place: Place, direct: DirectUploads) -> None:
    part = Upload("one", place.session, place.person, 3, "", parts="partial")
    with pytest.raises(UploadRefused, match="tus joins those"):
        await direct.complete(part)


async def test_it_is_completed_by_one_request_at_a_time_and_a_stopped_one_is_made_good(
    found: Works, place: Place, direct: DirectUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = an_upload(place)
    await put(direct, await direct.begin(upload, used=0), TEXT)
    halfway = asyncio.Event()
    real = found.blobs.read

    async def stops(*_: Any) -> AsyncIterator[bytes]:
        yield TEXT[:7]
        halfway.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(found.blobs, "read", stops)
    first = asyncio.create_task(direct.complete(upload))
    await asyncio.wait_for(halfway.wait(), 10)
    with pytest.raises(UploadRefused, match="Another request"):
        await direct.complete(upload)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    monkeypatch.setattr(found.blobs, "read", real)
    assert (await direct.complete(upload)).sha256 == hashlib.sha256(TEXT).hexdigest()


async def test_a_store_that_does_not_answer_loses_nothing(
    found: Works, place: Place, direct: DirectUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = an_upload(place)
    await put(direct, await direct.begin(upload, used=0), TEXT)

    async def fails(*_: Any) -> int:
        raise FilesUnavailable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(found.blobs, "size", fails)
        with pytest.raises(FilesUnavailable):
            await direct.complete(upload)
    assert (await direct.complete(upload)).size == len(TEXT)


async def test_what_nobody_completes_is_swept(
    found: Works, place: Place, direct: DirectUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = an_upload(place)
    await put(direct, await direct.begin(upload, used=0), TEXT)
    now = found.spool.now()
    for after, swept in ((3600.0, 0), (found.spool.limits.keep_seconds + 60, 1)):
        monkeypatch.setattr(found.spool, "_clock", lambda after=after: now + after)
        assert await direct.sweep() == swept
    assert await found.blobs.under("incoming") == {}


async def test_what_belongs_to_no_upload_is_swept_once_no_address_can_be_used(
    found: Works, place: Place, direct: DirectUploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = an_upload(place)
    await put(direct, await direct.begin(upload, used=0), TEXT)
    found.spool.forget("one")
    assert await direct.sweep() == 0
    now = found.spool.now()
    monkeypatch.setattr(found.spool, "_clock", lambda: now + 1900)
    assert await direct.sweep() == 1
    assert await found.blobs.under("incoming") == {}
