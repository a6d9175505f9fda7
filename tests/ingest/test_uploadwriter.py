"""`ingest.uploadwriter`: what is sent stands in the file in its order; `test_uploads` has what becomes of an upload."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import mmap
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ingest.errors import UploadRefused
from ingest.uploadwriter import UploadWriter

MIB = 1024 * 1024


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that has something already."""
    path = tmp_path / "upload.part"
    path.write_bytes(b"before")
    return path


def _bytes(path: Path) -> bytes:
    return path.read_bytes()


def _fill(writer: UploadWriter, data: bytes) -> None:
    writer.free[: len(data)] = data
    writer.filled(len(data))


async def _send(writer: UploadWriter, *buffers: bytes) -> None:
    for data in buffers:
        _fill(writer, data)
        await writer.begin()
    await writer.written()


async def test_what_is_sent_stands_in_its_order_and_is_hashed(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A buffer may be filled again only when it is written: the disk is slower than who sends."""
    write = os.write

    def slow(descriptor: int, data: Any) -> int:
        time.sleep(0.002)
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", slow)
    sha256 = hashlib.sha256(b"before")
    writer = UploadWriter(file, 6, [sha256], buffer_bytes=100)
    sent = [bytes([at]) * (at % 100 + 1) for at in range(250)]
    await _send(writer, *sent)
    _fill(writer, b"rest")
    assert len(writer.free) == 96
    writer.close(keep=True)
    whole = b"".join((b"before", *sent, b"rest"))
    assert _bytes(file) == whole
    assert writer.offset == len(whole)
    assert sha256.digest() == hashlib.sha256(whole).digest()


@pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel what it has in memory")
@pytest.mark.parametrize("request_bytes", [128 * MIB, 8 * MIB], ids=["at once", "in pieces"])
async def test_what_is_on_the_disk_is_not_kept_in_memory(file: Path, request_bytes: int) -> None:
    """Or every large file would push out what others read."""
    if _is_in_memory_only(file.parent):
        pytest.skip("this file system is in memory")
    size, pushed = 128 * MIB, bytes(8 * MIB)
    for at in range(0, size, request_bytes):
        writer = UploadWriter(file, 6 + at, [], buffer_bytes=len(pushed))
        for _ in range(request_bytes // len(pushed)):
            await _send(writer, pushed)
            os.fdatasync(
                writer._descriptor
            )  # this disk is quick, and yet not done when it is told to begin
        writer.close(keep=True)
    assert _in_memory(file) < size / 2
    assert _bytes(file) == b"before" + bytes(size)


def _is_in_memory_only(folder: Path) -> bool:
    """Whether the kernel cannot forget what is in a file there."""
    path = folder / "forgotten"
    path.write_bytes(bytes(MIB))
    with path.open("r+b") as opened:
        os.fsync(opened)
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return _in_memory(path) > 0


def _in_memory(path: Path) -> int:
    """Return how many bytes of a file the kernel has in memory."""
    found = ctypes.CDLL(None, use_errno=True)
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        length = len(mapped)
        pages = (ctypes.c_ubyte * -(-length // mmap.PAGESIZE))()
        view = ctypes.c_char.from_buffer(mapped)
        try:
            at = ctypes.c_void_p(ctypes.addressof(view))
            assert found.mincore(at, ctypes.c_size_t(length), pages) == 0
        finally:
            del view
    return sum(page & 1 for page in pages) * mmap.PAGESIZE


async def test_what_is_not_kept_is_gone_and_what_was_there_is_not(file: Path) -> None:
    writer = UploadWriter(file, 6, [])
    await _send(writer, b"wrong")
    _fill(writer, b"more")
    writer.close(keep=False)
    assert _bytes(file) == b"before"
    assert writer.offset == 6


async def test_nothing_is_written_behind_a_failure(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
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
        await _send(writer, b"firstotherthird", b"fourth", b"fifth")
    assert refused.value.status == 507
    _fill(writer, b"later")
    writer.close(keep=True)
    assert _bytes(file) == b"beforefirstotherth"
    assert writer.offset == 18
    assert sha256.digest() == hashlib.sha256(b"beforefirstotherth").digest()


def test_a_thread_that_comes_late_finds_nothing_to_do(file: Path) -> None:
    writer = UploadWriter(file, 6, [])
    _fill(writer, b"once")
    writer.close(keep=True)
    writer.write()
    assert _bytes(file) == b"beforeonce"
