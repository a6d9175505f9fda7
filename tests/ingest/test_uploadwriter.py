"""`ingest.uploadwriter`: what is sent stands in the file in its order; `test_uploads` has what becomes of an upload."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from ingest import uploadwriter
from ingest.errors import UploadRefused
from ingest.uploadwriter import UploadWriter


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that has something already."""
    path = tmp_path / "upload.part"
    path.write_bytes(b"before")
    return path


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


async def _send(writer: UploadWriter, *buffers: list[bytes]) -> None:
    for pieces in buffers:
        for piece in pieces:
            writer.add(piece)
        await writer.begin()
    await writer.written()


@pytest.mark.parametrize("count", [1, uploadwriter._LARGE, uploadwriter._LARGE + 1, 1000])
async def test_pieces_large_and_small_stand_in_their_order_and_are_hashed(
    file: Path, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploadwriter, "_PUSHED", 1000)
    sha256 = hashlib.sha256(b"before")
    writer = UploadWriter(file, 6, [sha256])
    pieces = [f"<{at}>".encode() * 10 for at in range(count)]
    await _send(writer, pieces, pieces[::-1])
    writer.add(b"rest")
    assert writer.waiting == 4
    writer.close(keep=True)
    whole = b"before" + b"".join(pieces) + b"".join(pieces[::-1]) + b"rest"
    assert _bytes(file) == whole
    assert writer.offset == len(whole)
    assert sha256.digest() == hashlib.sha256(whole).digest()


async def test_what_is_not_kept_is_gone_and_what_was_there_is_not(file: Path) -> None:
    writer = UploadWriter(file, 6, [])
    await _send(writer, [b"wrong"])
    writer.add(b"more")
    writer.close(keep=False)
    assert _bytes(file) == b"before"
    assert writer.offset == 6


async def test_nothing_is_written_behind_a_failure(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first two pieces fit, and half of the third."""
    write, left = os.write, [12]

    def full(descriptor: int, data: Any) -> int:
        count = min(len(data), left[0])
        if count == 0:
            left[0] = 100  # somebody made space: what comes now would stand in the wrong place
            raise OSError(errno.ENOSPC, "No space left on device")
        left[0] -= count
        return write(descriptor, data[:count])

    sha256 = hashlib.sha256(b"before")
    writer = UploadWriter(file, 6, [sha256])
    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UploadRefused) as refused:
        await _send(writer, [b"first", b"other", b"third", b"fourth"])
    assert refused.value.status == 507
    writer.add(b"later")
    writer.close(keep=True)
    assert _bytes(file) == b"beforefirstotherth"
    assert writer.offset == 18
    assert sha256.digest() == hashlib.sha256(b"beforefirstotherth").digest()


def test_a_thread_that_comes_late_finds_nothing_to_do(file: Path) -> None:
    writer = UploadWriter(file, 6, [])
    writer.add(b"once")
    writer.close(keep=True)
    writer.write()
    assert _bytes(file) == b"beforeonce"
