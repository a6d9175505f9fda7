"""
The environment fails under people at work: disk, folder, processor, clock, file descriptors.

In each: no acknowledged edit is lost, ``/health/ready`` tells the truth, and ten seconds after the fault all is well,
without a restart.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import socket
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from collab.accepted import DocumentLimits
from rooms.compaction import load, read_stored
from store import rooms
from store.database import sqlite_url
from tests.e2e.test_hostile import Place, make_place
from tests.e2e.typists import Typist, check_once, newcomer, tokens_of, typing
from tests.harness import NEW_SESSION, PATIENCE, ServerProcess, api, server_process

#: How long after a fault all must be well again, in seconds.
RECOVERY = 10.0

#: What stands in for the modules that tell the time, in the server's process only.
CLOCK = Path(__file__).parent / "shiftedclock"

#: What makes the server's process stand still when it is told to.
STANDSTILL = Path(__file__).parent / "standstill"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk: this test DID NOT RUN")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", disk], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        why = f"no small disk can be mounted here: {mounted.stderr.strip()}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(f"{why}: this test DID NOT RUN")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@asynccontextmanager
async def two_at_work(server: ServerProcess) -> AsyncIterator[tuple[Place, list[Typist]]]:
    """Two people type; whatever happens, in the end all of it is saved, also after a power cut."""
    place = await make_place(server, "ana", "ben", "cleo")
    typists = [Typist(place.url(name), name, 0x10 + n) for n, name in enumerate(("ana", "ben"))]
    async with typing(typists, per_second=10):
        await saving(typists)
        yield place, typists
        await saving(typists)


async def saving(typists: list[Typist]) -> None:
    """Wait until everything that is typed by now is saved."""
    loop = asyncio.get_running_loop()
    started, typed = loop.time(), [len(typist.typed) + 1 for typist in typists]
    for typist, count in zip(typists, typed, strict=True):
        await typist.until(lambda typist=typist, count=count: typist.saved >= count)  # type: ignore[misc]
    assert loop.time() - started < RECOVERY


def check_on_disk(place: Place, typists: list[Typist]) -> None:
    """Kill the server, and load from its folder what it would load."""
    place.server.kill()
    engine = create_engine(sqlite_url(place.server.folder / "accord.db"))
    with Session(engine) as session:
        number = rooms.by_address(session, place.room).id
        loaded = load(read_stored(session, number), DocumentLimits())
    engine.dispose()
    check_once(str(loaded.document.statement), typists)


async def until_ready_is(server: ServerProcess, status: int, within: float = PATIENCE) -> None:
    async with asyncio.timeout(within), api(server.url) as script:
        while await readiness(script) != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def readiness(script: httpx2.AsyncClient) -> int | None:
    """Return what the server answers; None where it cuts the line, which is what it does while it is short of files."""
    try:
        return (await script.get("/health/ready")).status_code
    except (httpx2.ConnectError, httpx2.ReadError):
        return None


def port_of(server: ServerProcess) -> int:
    return int(server.url.rsplit(":", 1)[1])


def fill_up(disk: Path) -> Path:
    """Take all the space there is."""
    file = disk / "fill"
    with file.open("wb", buffering=0) as filling:
        for size in (65536, 4096, 1):
            try:
                while True:
                    filling.write(bytes(size))
            except OSError:
                continue
    return file


# -- the disk


async def test_a_full_disk_saves_nothing_says_so_and_loses_nothing(small_disk: Path) -> None:
    with server_process(small_disk) as server:
        async with two_at_work(server) as (place, typists):
            filling = fill_up(small_disk)
            await until_ready_is(server, 503)
            saved = [typist.saved for typist in typists]
            await asyncio.sleep(1.0)
            async with api(server.url) as script:
                assert await readiness(script) == 503
            assert [typist.saved for typist in typists] == saved, "saved on a full disk"
            filling.unlink()
            await until_ready_is(server, 200, RECOVERY)
        check_on_disk(place, typists)


async def test_an_upload_on_a_full_disk_is_told_and_goes_on_where_it_was(small_disk: Path) -> None:
    text = b"The harbour grows slowly. " * 80_000
    tus = {"tus-resumable": "1.0.0"}
    body = {**tus, "content-type": "application/offset+octet-stream"}
    with server_process(small_disk, ACCORD_MIN_FREE_BYTES="0") as server:
        async with api(server.url) as script:
            session = (await script.post("/api/sessions", json=NEW_SESSION)).json()
            path = f"/api/sessions/{session['id']}"
            headers = {**tus, "upload-length": str(len(text))}
            url = (await script.post(f"{path}/uploads", headers=headers)).headers["location"]
            filling = fill_up(small_disk)
            refused = await script.patch(url, headers={**body, "upload-offset": "0"}, content=text)
            assert refused.status_code == 507
            assert refused.json()["type"].endswith("/disk-full")
            filling.unlink()
            at = (await script.head(url, headers=tus)).headers["upload-offset"]
            headers = {**body, "upload-offset": at}
            sent = await script.patch(url, headers=headers, content=text[int(at) :])
            assert sent.headers["upload-offset"] == str(len(text))
            await until_ready_is(server, 200, RECOVERY)
            file = f"{path}/documents/{url.rpartition('/')[2]}/file"
            assert (await script.get(file)).content == text


async def test_files_that_may_not_grow_save_nothing_say_so_and_lose_nothing(
    tmp_path: Path,
) -> None:
    """A quota, or a limit on the size of files: for everybody who is not root."""
    with server_process(tmp_path / "data", ACCORD_COMPACT_AFTER_UPDATES="100000") as server:
        async with two_at_work(server) as (place, typists):
            usual = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
            largest = max(file.stat().st_size for file in server.folder.glob("accord.db*"))
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (largest // 2, usual[1]))
            await until_ready_is(server, 503)
            await asyncio.sleep(0.5)
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, usual)
            await until_ready_is(server, 200, RECOVERY)
        check_on_disk(place, typists)


async def test_a_read_only_folder_stops_the_start_with_a_word_and_harms_nothing(
    small_disk: Path,
) -> None:
    """Under a running server a file system does not become read-only: its files are open."""
    with server_process(small_disk) as server:
        async with two_at_work(server) as (place, typists):
            pass
        server.kill()
    remount(small_disk, "ro")
    with pytest.raises(AssertionError, match=r"accord: .*Read-only"), server_process(small_disk):
        pass
    remount(small_disk, "rw")
    check_on_disk(place, typists)


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", disk], check=True)


# -- the processor


async def test_a_process_that_stood_still_for_ten_seconds_goes_on(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        async with two_at_work(server) as (place, typists):
            server.process.send_signal(signal.SIGSTOP)
            try:
                await asyncio.sleep(10.0)
                with pytest.raises(httpx2.TimeoutException):
                    async with api(server.url) as script:
                        await script.get("/health/ready", timeout=0.2)
                saved = [typist.saved for typist in typists]
            finally:
                server.process.send_signal(signal.SIGCONT)
            await until_ready_is(server, 200, RECOVERY)
            assert all(
                len(typist.typed) > before + 50
                for typist, before in zip(typists, saved, strict=True)
            )
        check_on_disk(place, typists)


async def test_a_process_that_never_goes_on_ends_and_its_successor_has_what_was_saved(
    tmp_path: Path,
) -> None:
    with server_process(
        tmp_path / "data", PYTHONPATH=str(STANDSTILL), ACCORD_STALL_SECONDS="2"
    ) as server:
        place = await make_place(server, "ana", "ben")
        async with newcomer(place.url("ana")) as ana:
            counter = await ana.edit(lambda text: text.insert(0, "kept"))
            await ana.until(lambda: ana.saved >= counter)
            server.process.send_signal(signal.SIGUSR1)
            assert await asyncio.to_thread(server.process.wait, PATIENCE) == 1
    with server_process(server.folder, port=port_of(server)):
        async with newcomer(place.url("ben")) as ben:
            assert str(ben.text) == "kept\n"


# -- the clock


async def test_a_clock_that_jumps_an_hour_back_and_forth_loses_nothing(tmp_path: Path) -> None:
    """With snapshots every twenty updates and no history: what is trimmed by time would be lost."""
    shift = tmp_path / "shift"
    shift.write_text("0")
    with server_process(
        tmp_path / "data",
        PYTHONPATH=str(CLOCK),
        ACCORD_TEST_CLOCK_SHIFT=str(shift),
        ACCORD_COMPACT_AFTER_UPDATES="20",
        ACCORD_HISTORY_DAYS="0",
    ) as server:
        async with two_at_work(server) as (place, typists):
            for seconds in (3600, -3600, 0):
                shift.write_text(str(seconds))
                await asyncio.sleep(2.2)
                await until_ready_is(server, 200, RECOVERY)
                await saving(typists)
                off = last_saved_at(server.folder) - datetime.now(UTC).timestamp()
                assert off == pytest.approx(seconds, abs=5), "the clock did not jump"
        check_on_disk(place, typists)


def last_saved_at(folder: Path) -> float:
    with closing(sqlite3.connect(folder / "accord.db")) as database:
        query = "SELECT at FROM updates WHERE seq = (SELECT max(seq) FROM updates)"
        ((at,),) = database.execute(query).fetchall()
        return datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()


# -- file descriptors


@contextmanager
def few_descriptors(server: ServerProcess, spare: int) -> Iterator[int]:
    """Let the server open so many files more; yield how many it may have."""
    pid = server.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    limit = server_files(server) + spare
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, usual[1]))
    try:
        yield limit
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)


def server_files(server: ServerProcess) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


@contextmanager
def crowd(host: str, port: int) -> Iterator[None]:
    """Sixty sockets of people who say nothing."""
    with ExitStack() as stack:
        for _ in range(60):
            stack.enter_context(closing(socket.create_connection((host, port))))
        yield


async def test_without_file_descriptors_it_serves_who_is_in_and_recovers(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        host, port = urlsplit(server.url).netloc.split(":")
        async with two_at_work(server) as (place, typists), api(server.url) as script:
            assert (await script.get("/health/ready")).status_code == 200
            with few_descriptors(server, 8) as limit:
                with crowd(host, int(port)):
                    await until(lambda: server_files(server) >= limit)
                    assert (await script.get("/health/ready")).status_code == 503
                    await saving(typists)
                await until_ready_is(server, 200, RECOVERY)
                async with newcomer(place.url("cleo")) as cleo:
                    assert tokens_of(str(cleo.text))
        check_on_disk(place, typists)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
