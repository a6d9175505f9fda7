"""`ingest.uploads`: what has arrived stays, what does not fit is refused. Over HTTP: tests/web, tests/e2e."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.bodies import Pieces
from ingest.errors import UploadRefused
from ingest.uploads import Checksum, Spool, Upload, UploadLimits
from ingest.uploadwriter import BUFFER_BYTES

ONE = Upload("one", "session", "ana", 10, "")
LIMITS = UploadLimits(free_bytes=0)

#: Long for a busy machine, and far from the time after which a silent connection is ended anyway.
SOON = LIMITS.idle_seconds / 3


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path, LIMITS)


def pieces(*parts: bytes) -> Pieces:
    """A connection that sends all it has to."""
    return Pieces(_sent(parts))


def broken(*parts: bytes) -> Pieces:
    """A connection that goes away."""
    return Pieces(_sent(parts, then=_break))


def silent(*parts: bytes) -> Pieces:
    """A connection nobody is behind any more."""
    return Pieces(_sent(parts, then=asyncio.Event().wait))


async def _sent(
    parts: Sequence[bytes], then: Callable[[], Awaitable[object]] | None = None
) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
    if then is not None:
        await then()


async def _break() -> None:
    raise ConnectionError


async def test_an_upload_arrives_piece_by_piece(spool: Spool) -> None:
    spool.create(ONE, used=0)
    assert await spool.append(ONE, 0, pieces(b"abc", b"de"), used=0) == 5
    assert not spool.is_whole(ONE)
    assert await spool.append(ONE, 5, pieces(b"fghij"), used=0) == 10
    assert spool.is_whole(ONE)
    whole = await spool.finish(ONE)
    assert whole.sha256 == hashlib.sha256(b"abcdefghij").hexdigest()
    assert spool.path("one").read_bytes() == b"abcdefghij"


async def test_what_came_before_a_connection_broke_is_kept(spool: Spool) -> None:
    spool.create(ONE, used=0)
    with pytest.raises(ConnectionError):
        await spool.append(ONE, 0, broken(b"abc"), used=0)
    assert spool.offset(ONE) == 3


async def test_another_server_goes_on_with_the_right_fingerprint(
    spool: Spool, tmp_path: Path
) -> None:
    spool.create(ONE, used=0)
    await spool.append(ONE, 0, pieces(b"abcde"), used=0)
    other = Spool(tmp_path, LIMITS)
    found = other.get("one")
    await other.append(found, 5, pieces(b"fghij"), used=0)
    assert (await other.finish(found)).sha256 == hashlib.sha256(b"abcdefghij").hexdigest()


@pytest.mark.parametrize("at", [0, 4, 6, 10])
async def test_a_wrong_offset_writes_nothing(spool: Spool, at: int) -> None:
    spool.create(ONE, used=0)
    await spool.append(ONE, 0, pieces(b"abcde"), used=0)
    with pytest.raises(UploadRefused, match="at 5") as caught:
        await spool.append(ONE, at, pieces(b"x"), used=0)
    assert caught.value.status == 409
    assert spool.path("one").read_bytes() == b"abcde"


async def test_more_than_was_announced_is_not_kept(spool: Spool) -> None:
    spool.create(ONE, used=0)
    with pytest.raises(UploadRefused) as caught:
        await spool.append(ONE, 0, pieces(b"12345", b"678901"), used=0)
    assert caught.value.status == 413
    assert spool.path("one").read_bytes() == b"12345"


@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
async def test_a_checksum_that_does_not_fit_takes_its_bytes_back(
    spool: Spool, algorithm: str
) -> None:
    spool.create(ONE, used=0)
    await spool.append(ONE, 0, pieces(b"abc"), used=0)
    good = Checksum(algorithm, hashlib.new(algorithm, b"de").digest())
    with pytest.raises(UploadRefused) as caught:
        await spool.append(ONE, 3, pieces(b"dX"), used=0, checksum=good)
    assert caught.value.status == 460
    with pytest.raises(ConnectionError):
        await spool.append(ONE, 3, broken(b"d"), used=0, checksum=good)
    assert spool.path("one").read_bytes() == b"abc"
    assert await spool.append(ONE, 3, pieces(b"de"), used=0, checksum=good) == 5
    await spool.append(ONE, 5, pieces(b"fghij"), used=0)
    assert (await spool.finish(ONE)).sha256 == hashlib.sha256(b"abcdefghij").hexdigest()


async def test_who_comes_again_ends_the_connection_nobody_is_behind(spool: Spool) -> None:
    spool.create(ONE, used=0)
    stale = asyncio.create_task(spool.append(ONE, 0, silent(b"abc"), used=0))
    await asyncio.sleep(0.05)
    with pytest.raises(UploadRefused, match="at 3"):
        await spool.append(ONE, 0, pieces(b"x"), used=0)
    with pytest.raises(UploadRefused) as caught:
        await stale
    assert caught.value.status == 423
    assert await spool.append(ONE, 3, pieces(b"defghij"), used=0) == 10
    assert spool.path("one").read_bytes() == b"abcdefghij"


async def test_the_newest_of_many_requests_has_the_upload(spool: Spool) -> None:
    """Also where the one before it has not begun to send; nobody waits for the patience with another to end."""
    spool.create(ONE, used=0)
    old = [asyncio.create_task(spool.append(ONE, 0, silent(b"abc"), used=0)) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(SOON):
        assert await spool.append(ONE, 0, pieces(b"abcdefghij"), used=0) == 10
        ends = await asyncio.gather(*old, return_exceptions=True)
    assert [getattr(end, "status", end) for end in ends] == [423] * 5


async def test_an_upload_is_interrupted_again_while_it_is_ending(spool: Spool) -> None:
    spool.create(ONE, used=0)
    old = [asyncio.create_task(spool.append(ONE, 0, silent(b"abc"), used=0))]
    await asyncio.sleep(0.05)
    for _ in range(5):  # one a turn of the loop: between the timeout and the end of what it cancels
        old.append(asyncio.create_task(spool.append(ONE, 0, pieces(), used=0)))
        await asyncio.sleep(0)
    async with asyncio.timeout(SOON):
        ends = await asyncio.gather(*old, return_exceptions=True)
    assert {type(end) for end in ends} == {UploadRefused}


async def test_an_interruption_is_not_lost_in_what_comes(tmp_path: Path) -> None:
    """Who sends without a pause is interrupted as who is silent."""
    spool = Spool(tmp_path, replace(LIMITS, idle_seconds=0.02))
    upload = replace(ONE, length=None)
    spool.create(upload, used=0)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0)

    for _ in range(20):
        body, at = Pieces(endless()), spool.offset(upload)
        sending = asyncio.create_task(spool.append(upload, at, body, used=0))
        await asyncio.sleep(0.03)
        async with asyncio.timeout(SOON):
            with pytest.raises(UploadRefused, match="is at"):
                await spool.append(upload, 10**9, pieces(), used=0)
            with pytest.raises(UploadRefused, match="Another request"):
                await sending


async def test_who_sends_many_files_at_once_holds_up_their_own_only(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, at_once=2))
    mine = [replace(ONE, id=f"mine{at}") for at in range(4)]
    other = replace(ONE, id="other", participant_id="ben")
    for upload in (*mine, other):
        spool.create(upload, used=0)
    stalled = [
        asyncio.create_task(spool.append(upload, 0, silent(b"abc"), used=0)) for upload in mine[:2]
    ]
    third, fourth = (
        asyncio.create_task(spool.append(upload, 0, pieces(b"abcdefghij"), used=0))
        for upload in mine[2:]
    )
    async with asyncio.timeout(SOON):
        assert await spool.append(other, 0, pieces(b"abcdefghij"), used=0) == 10
        await asyncio.sleep(0.05)
        assert [spool.offset(one) for one in mine] == [0, 0, 0, 0], "a buffer waits for more"
        again = asyncio.create_task(spool.append(mine[3], 0, pieces(b"0123456789"), used=0))
        with pytest.raises(UploadRefused) as caught:
            await fourth
        assert caught.value.status == 423
        stalled[0].cancel()
        assert await third == 10
        assert await again == 10
        assert spool.path("mine3").read_bytes() == b"0123456789"
        stalled[1].cancel()
        ends = await asyncio.gather(*stalled, return_exceptions=True)
    assert [type(end) for end in ends] == [asyncio.CancelledError] * 2
    assert [spool.offset(one) for one in mine] == [3, 3, 10, 10]
    assert spool._turns.idle


async def test_what_waits_for_a_place_can_be_given_up(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, at_once=1))
    first, second = replace(ONE, id="first"), replace(ONE, id="second")
    for upload in (first, second):
        spool.create(upload, used=0)
    stalled = asyncio.create_task(spool.append(first, 0, silent(b"abc"), used=0))
    waiting = asyncio.create_task(spool.append(second, 0, pieces(b"abcdefghij"), used=0))
    await asyncio.sleep(0.05)
    async with asyncio.timeout(SOON):
        await spool.give_up("second")
        with pytest.raises(UploadRefused, match="Another request"):
            await waiting
        await spool.give_up("first")
        with pytest.raises(UploadRefused, match="Another request"):
            await stalled
    assert list(spool.all()) == []
    assert spool._turns.idle


def test_what_is_given_up_while_it_is_counted_takes_nothing(spool: Spool) -> None:
    """Or somebody else's upload would be told that there is none."""
    for ident, length in ("long", 10), ("open", None):
        spool.create(replace(ONE, id=ident, length=length), used=0)
    counted = spool._under_way()
    spool.forget("open")
    assert spool._reserved("session", counted) == 10


async def test_nobody_has_more_uploads_under_way_than_are_useful(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, unfinished=2))
    for ident in ("one", "two"):
        spool.create(replace(ONE, id=ident), used=0)
    with pytest.raises(UploadRefused, match="2 of your files") as caught:
        spool.create(replace(ONE, id="three"), used=0)
    assert caught.value.status == 429
    spool.create(replace(ONE, id="bens", participant_id="ben"), used=0)
    await spool.append(ONE, 0, pieces(b"abcdefghij"), used=0)
    spool.hand_over(await spool.finish(ONE))
    spool.create(replace(ONE, id="three"), used=0)


@pytest.mark.parametrize("turns", range(8))
async def test_what_is_given_up_while_it_comes_leaves_nothing(spool: Spool, turns: int) -> None:
    """Whatever its request is doing: waiting, writing or ending."""
    spool.create(ONE, used=0)
    sending = asyncio.create_task(spool.append(ONE, 0, pieces(b"abcdefghij"), used=0))
    for _ in range(turns):
        await asyncio.sleep(0)
    end, *given_up = await asyncio.gather(
        sending, spool.give_up("one"), spool.give_up("one"), return_exceptions=True
    )
    assert given_up == [None, None]
    assert end == 10 or isinstance(end, UploadRefused)
    assert not spool.path("one").exists()
    with pytest.raises(UploadRefused, match="no such upload"):
        spool.get("one")
    assert not spool._digests
    assert spool._turns.idle


async def test_what_is_given_up_while_its_last_bytes_are_written_leaves_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool.create(ONE, used=0)
    write, begun, go_on = os.write, threading.Event(), threading.Event()

    def slow(descriptor: int, data: bytes) -> int:
        begun.set()
        go_on.wait()
        return write(descriptor, data)

    monkeypatch.setattr("ingest.uploads.os.write", slow)
    sending = asyncio.create_task(spool.append(ONE, 0, pieces(b"abcdefghij"), used=0))
    await asyncio.to_thread(begun.wait)
    giving_up = asyncio.create_task(spool.give_up("one"))
    await asyncio.sleep(0)
    go_on.set()
    assert await sending == 10
    await giving_up
    assert list(spool.all()) == []
    assert not spool.path("one").exists()


async def test_silence_ends_an_upload_and_keeps_what_came(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, idle_seconds=0.05))
    spool.create(ONE, used=0)
    with pytest.raises(UploadRefused):
        await spool.append(ONE, 0, silent(b"abc"), used=0)
    assert spool.offset(ONE) == 3


async def test_a_request_that_is_cancelled_keeps_what_came(spool: Spool) -> None:
    spool.create(ONE, used=0)
    writing = asyncio.create_task(spool.append(ONE, 0, silent(b"abc"), used=0))
    await asyncio.sleep(0.05)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert spool.offset(ONE) == 3


@pytest.mark.parametrize(
    ("limits", "length", "used", "reason"),
    [
        ({"max_bytes": 9}, 10, 0, "too-large"),
        ({"session_bytes": 100}, 10, 91, "quota"),
        ({"free_bytes": 1 << 60}, 10, 0, "disk-full"),
    ],
)
def test_what_does_not_fit_is_refused_before_it_comes(
    tmp_path: Path, limits: dict[str, int], length: int, used: int, reason: str
) -> None:
    spool = Spool(tmp_path, replace(LIMITS, **limits))
    with pytest.raises(UploadRefused) as caught:
        spool.create(replace(ONE, length=length), used=used)
    assert caught.value.reason == reason
    assert list(tmp_path.iterdir()) == []


def test_a_quota_counts_what_is_still_arriving(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, session_bytes=25))
    spool.create(ONE, used=0)
    spool.create(replace(ONE, id="two"), used=0)
    spool.create(replace(ONE, id="elsewhere", session_id="other"), used=0)
    with pytest.raises(UploadRefused, match="25 bytes"):
        spool.create(replace(ONE, id="three"), used=0)
    spool.forget("two")
    spool.create(replace(ONE, id="three"), used=0)


async def test_an_upload_of_unknown_length_ends_at_the_limit(tmp_path: Path) -> None:
    spool = Spool(tmp_path, replace(LIMITS, max_bytes=8))
    open_end = replace(ONE, length=None)
    spool.create(open_end, used=0)
    with pytest.raises(UploadRefused) as caught:
        await spool.append(open_end, 0, pieces(b"12345", b"6789"), used=0)
    assert caught.value.status == 413
    assert not spool.is_whole(open_end)
    with pytest.raises(UploadRefused, match="More has arrived"):
        spool.set_length(open_end, 4, used=0)
    whole = spool.set_length(open_end, 5, used=0)
    assert spool.is_whole(whole)
    with pytest.raises(UploadRefused, match="cannot be changed"):
        spool.set_length(whole, 6, used=0)


async def test_parts_become_one_file_and_are_gone(spool: Spool) -> None:
    parts = [replace(ONE, id=f"part{at}", length=3, parts="partial") for at in range(3)]
    for part, data in zip(parts, (b"abc", b"def", b"ghi"), strict=True):
        spool.create(part, used=0)
        await spool.append(part, 0, pieces(data), used=0)
    made = spool.join(replace(ONE, length=None, parts="final;..."), parts)
    assert made.length == 9
    assert spool.path("one").read_bytes() == b"abcdefghi"
    assert [one.id for one in spool.all()] == ["one"]


async def test_only_whole_parts_of_ones_own_become_a_file(spool: Spool) -> None:
    part = replace(ONE, id="part", length=3, parts="partial")
    spool.create(part, used=0)
    final = replace(ONE, length=None, parts="final;...")
    with pytest.raises(UploadRefused, match="not arrived whole"):
        spool.join(final, [part])
    await spool.append(part, 0, pieces(b"abc"), used=0)
    with pytest.raises(UploadRefused, match="not arrived whole"):
        spool.join(final, [replace(part, parts=None)])
    with pytest.raises(UploadRefused) as caught:
        spool.join(replace(final, participant_id="ben"), [part])
    assert caught.value.status == 404
    assert not spool.path("one").exists()


async def test_what_nobody_goes_on_with_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    now = time.time()
    spool = Spool(tmp_path, replace(LIMITS, keep_seconds=100), clock=lambda: now)
    for ident in ("old", "young", "half"):
        spool.create(replace(ONE, id=ident), used=0)
    (tmp_path / "orphan.part").write_bytes(b"x")
    for name in ("old.part", "old.json", "half.json", "orphan.part"):
        os.utime(tmp_path / name, (now - 101, now - 101))
    assert spool.sweep() == 1
    assert sorted(os.listdir(tmp_path)) == [
        "half.json", "half.part", "young.json", "young.part",
    ]  # fmt: skip


@pytest.mark.parametrize("ident", ["", "..", "../one", "a/b", "one\x00", "x" * 100, "nobody"])
def test_an_id_is_never_a_path(spool: Spool, ident: str) -> None:
    with pytest.raises(UploadRefused) as caught:
        spool.get(ident)
    assert caught.value.status == 404


async def test_a_full_disk_is_said_and_keeps_what_fitted(tmp_path: Path) -> None:
    resource = __import__("resource")
    spool = Spool(tmp_path, LIMITS)
    upload = replace(ONE, length=100_000)
    spool.create(upload, used=0)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # a disk that is full at this file
    try:
        with pytest.raises(UploadRefused, match="disk is full") as caught:
            await spool.append(upload, 0, pieces(b"x" * 100_000), used=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.status == 507
    assert spool.offset(upload) == 50_000
    assert await spool.append(upload, 50_000, pieces(b"x" * 50_000), used=0) == 100_000
    whole = await spool.finish(upload)
    assert whole.sha256 == hashlib.sha256(b"x" * 100_000).hexdigest()


async def test_what_was_handed_over_is_still_whole(spool: Spool) -> None:
    spool.create(ONE, used=0)
    await spool.append(ONE, 0, pieces(b"abcdefghij"), used=0)
    whole = await spool.finish(ONE)
    spool.path("one").unlink()  # its bytes have been moved, and the server was killed
    assert spool.is_whole(spool.get("one"))
    spool.hand_over(whole)
    assert spool.offset(spool.get("one")) == 10
    assert spool.reserved("session") == 0


async def test_an_upload_can_come_again_from_its_first_byte(spool: Spool) -> None:
    spool.create(ONE, used=0)
    await spool.append(ONE, 0, pieces(b"wrong"), used=0)
    spool.restart(ONE)
    assert await spool.append(ONE, 0, pieces(b"abcdefghij"), used=0) == 10
    assert (await spool.finish(ONE)).sha256 == hashlib.sha256(b"abcdefghij").hexdigest()


async def test_behind_a_write_that_failed_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One buffer comes while the one before it is written: it must not stand where that one should."""
    spool = Spool(tmp_path, LIMITS)
    upload = replace(ONE, length=5_000_000)
    spool.create(upload, used=0)
    write, calls = os.write, []

    def full_once(descriptor: int, data: bytes) -> int:
        calls.append(len(data))
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "full")
        return write(descriptor, data)

    sent = [bytes([number]) * 1_100_000 for number in range(4)]
    with monkeypatch.context() as patch:
        patch.setattr("ingest.uploads.os.write", full_once)
        with pytest.raises(UploadRefused, match="disk is full"):
            await spool.append(upload, 0, pieces(*sent), used=0)
    whole = b"".join(sent)
    there = spool.path("one").read_bytes()
    assert there == whole[:BUFFER_BYTES]
    rest = pieces(whole[len(there) :])
    assert await spool.append(upload, len(there), rest, used=0) == len(whole)
    assert spool.path("one").read_bytes() == whole


async def test_who_goes_while_a_buffer_is_written_leaves_all_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = Spool(tmp_path, LIMITS)
    upload = replace(ONE, length=5_000_000)
    spool.create(upload, used=0)
    write, begun, go_on = os.write, threading.Event(), threading.Event()

    def slow(descriptor: int, data: bytes) -> int:
        begun.set()
        go_on.wait()
        return write(descriptor, data)

    sent = [bytes([number]) * 600_000 for number in range(5)]
    monkeypatch.setattr("ingest.uploads.os.write", slow)
    writing = asyncio.create_task(spool.append(upload, 0, silent(*sent), used=0))
    await asyncio.to_thread(begun.wait)
    for _ in range(20):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    there = spool.path("one").read_bytes()
    assert there == b"".join(sent)[: len(there)]
    assert len(there) >= 1_200_000
    monkeypatch.undo()
    left = b"".join(sent)[len(there) :] + b"end"
    upload = replace(upload, length=len(there) + len(left))
    await spool.append(upload, len(there), pieces(left), used=0)
    whole = await spool.finish(upload)
    assert whole.sha256 == hashlib.sha256(b"".join(sent) + b"end").hexdigest()
