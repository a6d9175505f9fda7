"""`store.blobs`: one contract for a folder and for object stores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from store.blobs import Blobs
from store.errors import FilesUnavailable, NotFound

DATA = bytes(range(256)) * 10_000


@pytest.fixture(params=["folder", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
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
