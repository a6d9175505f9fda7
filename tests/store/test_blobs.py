"""`store.blobs`: one contract for a folder and for object stores."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from store.blobs import Blobs
from store.errors import FilesUnavailable, NotFound
from store.links import Links
from tests.objectstore import BUCKET, ObjectStore, object_store

DATA = bytes(range(256)) * 10_000


@pytest.fixture(scope="module")
def store() -> Iterator[ObjectStore]:
    with object_store() as made:
        yield made


@pytest.fixture
def on_s3(store: ObjectStore, tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "files", f"s3://{BUCKET}/{tmp_path.name}", **store.options)


@pytest.fixture(params=["folder", "memory", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "s3":
        found: Blobs = request.getfixturevalue("on_s3")
        return found
    return Blobs(tmp_path / "files", None if request.param == "folder" else "memory:///")


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[[bytes], Path]:
    def make(data: bytes) -> Path:
        path = tmp_path / "given"
        path.write_bytes(data)
        return path

    return make


async def _all(blobs: Blobs, key: str, start: int = 0, end: int | None = None) -> bytes:
    return b"".join([piece async for piece in blobs.read(key, start, end)])


async def test_a_file_comes_back_and_is_gone_from_where_it_was(
    blobs: Blobs, a_file: Callable[[bytes], Path]
) -> None:
    path = a_file(DATA)
    await blobs.put("key", path)
    assert not path.exists()
    assert await blobs.size("key") == len(DATA)
    assert await _all(blobs, "key") == DATA
    assert await _all(blobs, "key", 1000, 2_000_000) == DATA[1000:2_000_000]
    async with blobs.local("key") as here:
        assert here.read_bytes() == DATA


async def test_an_empty_file_is_a_file(blobs: Blobs, a_file: Callable[[bytes], Path]) -> None:
    await blobs.put("key", a_file(b""))
    assert (await blobs.size("key"), await _all(blobs, "key")) == (0, b"")


async def test_the_same_key_again_replaces(blobs: Blobs, a_file: Callable[[bytes], Path]) -> None:
    for data in (b"first", b"second"):
        await blobs.put("key", a_file(data))
    assert await _all(blobs, "key") == b"second"


async def test_what_is_deleted_or_never_was_is_not_there(
    blobs: Blobs, a_file: Callable[[bytes], Path]
) -> None:
    await blobs.put("key", a_file(DATA))
    for _ in range(2):
        await blobs.delete("key")
    with pytest.raises(NotFound):
        await blobs.size("key")
    with pytest.raises(NotFound):
        await _all(blobs, "key")
    with pytest.raises(NotFound):
        async with blobs.local("key"):
            pass


async def test_a_file_that_cannot_be_kept_stays_where_it_was(
    tmp_path: Path, a_file: Callable[[bytes], Path]
) -> None:
    blobs = Blobs(tmp_path / "files")
    (tmp_path / "files").rmdir()
    path = a_file(DATA)
    with pytest.raises(FilesUnavailable):
        await blobs.put("key", path)
    assert path.read_bytes() == DATA


async def test_a_store_nobody_answers_for_is_said(
    tmp_path: Path, a_file: Callable[[bytes], Path]
) -> None:
    blobs = Blobs(
        tmp_path,
        "s3://bucket/prefix",
        endpoint="http://127.0.0.1:9",
        region="us-east-1",
        access_key_id="x",
        secret_access_key="y",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    path = a_file(DATA)
    with pytest.raises(FilesUnavailable):
        await blobs.put("key", path)
    assert path.exists()
    with pytest.raises(FilesUnavailable):
        await blobs.size("key")
    with pytest.raises(FilesUnavailable):
        await blobs.delete("key")


async def test_what_lies_under_a_folder_is_told_with_its_time(
    blobs: Blobs, a_file: Callable[[bytes], Path]
) -> None:
    assert await blobs.under("incoming") == {}
    given = a_file(b"x")
    before = given.stat().st_mtime
    await blobs.put("other", given)
    if blobs._folder is None:
        await blobs.put("incoming/one", a_file(b"x"))
    else:
        await blobs.receive("incoming/one", _pieces(b"x"))
    ((key, written),) = (await blobs.under("incoming")).items()
    assert key == "incoming/one"
    assert abs(written - before) < 60


async def _pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def _broken() -> AsyncIterator[bytes]:
    yield b"half"
    raise ConnectionError


async def test_what_breaks_off_leaves_nothing_in_the_folder(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    with pytest.raises(FilesUnavailable):  # a ConnectionError is an OSError
        await blobs.receive("incoming/one", _broken())
    assert [one for one in (tmp_path / "files").rglob("*") if one.is_file()] == []


async def test_an_address_of_the_folder_is_ours_and_without_a_key_there_is_none(
    tmp_path: Path,
) -> None:
    links = Links(b"k" * 32)
    blobs = Blobs(tmp_path / "files", links=links)
    url = await blobs.url_for("key", "PUT", size=5, sha256="ab")
    assert url is not None
    parts = urlsplit(url)
    assert (parts.netloc, parts.path) == ("", "/api/files/key")
    grant = links.check(parse_qs(parts.query)["grant"][0], "key", "PUT")
    assert (grant.size, grant.sha256) == (5, "ab")
    assert not blobs.signs
    assert await Blobs(tmp_path / "files").url_for("key", "GET") is None
    assert await Blobs(tmp_path, "memory:///").url_for("key", "GET") is None


async def test_an_address_of_an_object_store_puts_and_gets_past_this_server(
    store: ObjectStore, on_s3: Blobs
) -> None:
    assert on_s3.signs
    put = await on_s3.url_for("incoming/one", "PUT")
    assert put is not None
    async with httpx2.AsyncClient() as client:
        assert (await client.put(put, content=DATA)).status_code == 200
        assert await _all(on_s3, "incoming/one") == DATA
        get = await on_s3.url_for("incoming/one", "GET")
        assert get is not None
        assert (await client.get(get)).content == DATA


@pytest.mark.parametrize("fault", ["method", "key", "signature", "time"])
async def test_an_address_of_an_object_store_is_good_for_nothing_else(
    store: ObjectStore, on_s3: Blobs, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = await on_s3.url_for("incoming/one", "PUT")
    assert put is not None
    if fault == "time":
        monkeypatch.setattr(store, "ahead", timedelta(minutes=16))
    url = {
        "key": put.replace("incoming/one", "incoming/two"),
        "signature": put[:-1] + ("0" if put[-1] != "0" else "1"),
    }.get(fault, put)
    async with httpx2.AsyncClient() as client:
        answer = await client.request("GET" if fault == "method" else "PUT", url)
    assert answer.status_code == 403
    assert await on_s3.under("incoming") == {}


async def test_who_gets_a_file_from_an_object_store_downloads_it(
    on_s3: Blobs, a_file: Callable[[bytes], Path]
) -> None:
    await on_s3.put("key", a_file(b"<script>"), name="Größe.html")
    get = await on_s3.url_for("key", "GET")
    assert get is not None
    async with httpx2.AsyncClient() as client:
        got = await client.get(get)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment; filename*=UTF-8''Gr%C3%B6%C3%9Fe.html"


async def test_credentials_come_from_the_environment(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in store.environment.items():
        monkeypatch.setenv(name, value)
    assert await Blobs(tmp_path, f"s3://{BUCKET}/nothing").under("incoming") == {}
