"""
A file of 500 MB over tus: Accord's server and `@tus/server` by turns, each alone, from the same client.

Meanwhile another connection asks again and again how far another upload has come, and the server's memory is read.
"""

from __future__ import annotations

import asyncio
import http.client
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from tests.harness import NEW_SESSION, TOKEN, api, server_process

PEER = Path(__file__).parent / "peers" / "tus"

MB = 1_000_000
MIB = 2**20

#: The other requests: one each so often, as somebody's page would.
_PROBE_SECONDS = 0.01

_REST_SECONDS = 3.0

TUS = {"tus-resumable": "1.0.0"}
BODY = {**TUS, "content-type": "application/offset+octet-stream", "upload-offset": "0"}


@dataclass(slots=True)
class Target:
    """A server that takes uploads. `probe`: another upload, which is asked for meanwhile."""

    pid: int
    url: str
    create: str
    probe: str
    headers: dict[str, str]


@dataclass(slots=True)
class Measured:
    """
    One upload.

    Attributes:
        rate: Bytes in a second.
        grown: Bytes of memory above rest at the highest.
        waits: Seconds each of the other requests took.
    """

    rate: float
    grown: int
    waits: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """The 99th of a hundred of the waits."""
        return sorted(self.waits)[int(len(self.waits) * 0.99)] if self.waits else 0.0


def compare(size: int, turns: int) -> dict[str, list[Measured]]:
    """Measure both by turns, each upload on a fresh server."""
    found: dict[str, list[Measured]] = {"accord": [], "@tus/server": []}
    with tempfile.TemporaryDirectory(prefix="accord-uploads-") as name:
        folder = Path(name)
        file = folder / "file.bin"
        make_file(file, size)
        for turn in range(turns):
            with accord(folder / f"data{turn}") as target:
                found["accord"].append(measure(target, file))
            with tus(folder / f"tus{turn}") as target:
                found["@tus/server"].append(measure(target, file))
    return found


def make_file(path: Path, size: int) -> None:
    """Write a file that no compression makes smaller and nothing can read."""
    block = os.urandom(MIB)
    with path.open("wb") as file:
        for at in range(0, size, MIB):
            file.write((at.to_bytes(8, "big") + block)[: min(MIB, size - at)])


@contextmanager
def accord(folder: Path) -> Iterator[Target]:
    """Run Accord's server with a session."""

    async def make(url: str) -> str:
        async with api(url) as script:
            return str((await script.post("/api/sessions", json=NEW_SESSION)).json()["id"])

    with server_process(folder) as server:
        session = asyncio.run(make(server.url))
        path = f"/api/sessions/{session}"
        bearer = {"authorization": f"Bearer {TOKEN}"}
        other = create(server.url, f"{path}/uploads", bearer, 10)
        yield Target(server.process.pid, server.url, f"{path}/uploads", other, bearer)


@contextmanager
def tus(folder: Path) -> Iterator[Target]:
    """Run `@tus/server`."""
    folder.mkdir()
    line = ["node", str(PEER / "run.mjs"), str(folder)]
    process = subprocess.Popen(line, cwd=PEER, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"ready at (\S+)", process.stdout.readline())
        assert found is not None
        other = create(found[1], "/files", {}, 10)
        yield Target(process.pid, found[1], "/files", other, {})
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def measure(target: Target, file: Path) -> Measured:
    """Send the file in one request, as `tus-js-client` does without a chunk size."""
    os.sync()  # what the one before has left to the disk is not our time
    time.sleep(_REST_SECONDS)
    _find_memory(file)
    process = psutil.Process(target.pid)
    rest = process.memory_info().rss
    size = file.stat().st_size
    path = create(target.url, target.create, target.headers, size)
    result = Measured(0.0, 0)
    stop = threading.Event()
    watching = [
        threading.Thread(target=_watch, args=(process, rest, result, stop)),
        threading.Thread(target=_probe, args=(target, result, stop)),
    ]
    for one in watching:
        one.start()
    started = time.monotonic()
    try:
        _send(target, path, file)
        result.rate = size / (time.monotonic() - started)
    finally:
        stop.set()
        for one in watching:
            one.join()
    return result


def _find_memory(file: Path) -> None:
    """
    Have the kernel find the memory that another file of this size takes.

    On a virtual machine it may have given it back to the host; who comes first would wait for it, the other not.
    """
    other = file.with_suffix(".other")
    shutil.copyfile(file, other)
    other.unlink()


def create(url: str, path: str, headers: dict[str, str], size: int) -> str:
    """Begin an upload, return its path."""
    connection = _connect(url)
    connection.request("POST", path, headers={**TUS, **headers, "upload-length": str(size)})
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 201, answer.status
    connection.close()
    return urlsplit(answer.headers["location"]).path


def _send(target: Target, path: str, file: Path) -> None:
    """Let the kernel send it: what is measured is not us."""
    parts = urlsplit(target.url)
    headers = {**BODY, **target.headers, "content-length": str(file.stat().st_size)}
    connection = _connect(target.url)
    connection.putrequest("PATCH", path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.sock is not None, parts
    with file.open("rb") as source:
        connection.sock.sendfile(source)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 204, answer.status
    connection.close()


def _probe(target: Target, result: Measured, stop: threading.Event) -> None:
    headers = {**TUS, **target.headers}
    connection = _connect(target.url)
    while not stop.wait(_PROBE_SECONDS):
        started = time.monotonic()
        connection.request("HEAD", target.probe, headers=headers)
        connection.getresponse().read()
        result.waits.append(time.monotonic() - started)
    connection.close()


def _watch(process: psutil.Process, rest: int, result: Measured, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        result.grown = max(result.grown, process.memory_info().rss - rest)


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=120)


def rows(size: int, turns: int) -> Iterator[tuple[str, str, str]]:
    """Yield the rows of the table."""
    found = compare(size, turns)
    ours, theirs = found["accord"], found["@tus/server"]
    rate, other = (statistics.median(one.rate for one in some) for some in (ours, theirs))
    shown = f"{rate / MB:.0f} MB/s, `@tus/server` {other / MB:.0f}: {rate / other:.2f} of it"
    yield f"upload of {size / MB:.0f} MB, median of {turns} by turns", shown, "1.0 of it"
    grown, theirs_grown = (max(one.grown for one in some) for some in (ours, theirs))
    shown = f"{grown / MIB:.0f} MiB (`@tus/server` {theirs_grown / MIB:.0f})"
    yield "memory above rest meanwhile, worst", shown, "20 MB"
    p99, other_p99 = (statistics.median(one.p99 for one in some) for some in (ours, theirs))
    shown = f"{p99 * 1000:.0f} ms (`@tus/server` {other_p99 * 1000:.0f} ms)"
    yield "other requests meanwhile, p99", shown, "20 ms"
