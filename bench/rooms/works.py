"""The works that servers are given, and what is read off them."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rooms import traces
from bench.rooms.servers import HERE, Running, Server, prepare_accord

Result = dict[str, Any]

#: Hocuspocus writes a document at the latest 10 s after a change; only then it may be stopped.
_WRITTEN_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Goal:
    """
    One figure of a work, and what Accord's must be.

    Attributes:
        key: In the result.
        title: With its unit.
        most: Accord's figure at most.
        ratio: Accord's at most so much of the best peer's; with `higher`, at least so many times.
        peers: Who counts as a peer here; all by default.
        higher: Whether more is better.
    """

    key: str
    title: str
    most: float | None = None
    ratio: float | None = None
    peers: Sequence[str] = ()
    higher: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """
    One work.

    Attributes:
        run: Gives it to a server.
        keeping: Whether only servers that keep documents can do it.
        alone: Whether peers are left out: there is nothing to compare.
    """

    name: str
    what: str
    rooms: int
    per_room: int
    run: Callable[[Work, Server, float], Result]
    arguments: Sequence[str]
    goals: Sequence[Goal]
    keeping: bool = False
    alone: bool = False


def build_load() -> Path:
    """
    Compile the load generator, if it changed; return the program.

    Raises:
        RuntimeError: If there is no C compiler, or it does not like it.
    """
    sources = sorted((HERE / "load").glob("*.c"))
    program = HERE.parent / "results" / "yload"
    newest = max(one.stat().st_mtime for one in (HERE / "load").iterdir())
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise RuntimeError("the load generator is written in C, and there is no C compiler here")
    program.parent.mkdir(exist_ok=True)
    subprocess.run([compiler, "-O2", "-Wall", "-o", str(program), *map(str, sources)], check=True)
    return program


class Stage:
    """A folder for one server and one work, and the load generator pointed at what runs there."""

    def __init__(self, server: Server, folder: Path, rooms: int, per_room: int) -> None:
        self._server = server
        self._folder = folder
        self._targets: Path | None = None
        if "{data}" in server.command:
            self._targets = prepare_accord(folder, rooms=rooms, per_room=per_room)
        self._sizes = ["--rooms", str(rooms), "--per-room", str(per_room)]

    @contextmanager
    def running(self) -> Iterator[Running]:
        """Run the server; a second time is a restart."""
        with Running(self._server, self._folder) as running:
            yield running

    def load(self, running: Running, *arguments: str, timeout: float = 300) -> Result:
        """
        Put load on it; return what was measured.

        Raises:
            RuntimeError: If the load generator failed; its last words are in it.
        """
        command = [str(build_load()), "--port", str(running.port), *self._sizes]
        if self._targets is not None:
            command += ["--targets", str(self._targets)]
        if self._server.hocuspocus:
            command.append("--hocuspocus")
        for pid in running.pids:
            command += ["--pid", str(pid)]
        done = subprocess.run(
            [*command, *arguments], capture_output=True, text=True, timeout=timeout, check=False
        )
        try:
            result: Result = {}
            for line in done.stdout.splitlines():
                result |= json.loads(line)
        except ValueError:
            result = {}
        if not result or "error" in result:
            said = f"{done.stdout[-200:]} {done.stderr[-300:]}"
            raise RuntimeError(f"{self._server.title}: {said}")
        return result


@contextmanager
def _stage(work: Work, server: Server) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="accord-bench-") as folder:
        yield Stage(server, Path(folder), work.rooms, work.per_room)


def _plain(work: Work, server: Server, seconds: float) -> Result:
    with _stage(work, server) as stage, stage.running() as running:
        measured = ["--ms", str(int(seconds * 1000)), "--warm-ms", "3000"]
        return stage.load(running, *measured, *work.arguments, timeout=seconds + 240)


def _soak(work: Work, server: Server, seconds: float) -> Result:
    result = _plain(work, server, seconds)
    result["rss_growth_percent"] = growth(result["rss_kb_every_10_s"][:-1])
    return result


def growth(samples: Sequence[float]) -> float:
    """Return by how many percent the last tenth is over the tenth that begins after a third, as after a warm-up."""
    tenth, warm = max(1, len(samples) // 10), len(samples) // 3
    before = statistics.mean(samples[warm : warm + tenth])
    return (statistics.mean(samples[-tenth:]) - before) / before * 100


def _idle(work: Work, server: Server, _seconds: float) -> Result:
    with _stage(work, server) as stage, stage.running() as running:
        return stage.load(running, "--mode", "idle", "--ms", "5000", "--at-once", "100")


def _joins(work: Work, server: Server, _seconds: float) -> Result:
    with _stage(work, server) as stage, stage.running() as running:
        stage.load(running, "--mode", "preload", "--updates", str(traces.document()))
        result = stage.load(running, "--mode", "join", *work.arguments)
    if result["sync_bytes"] < traces.document().stat().st_size / 2:
        raise RuntimeError(f"{server.title} did not send the document")
    return result


def _restart(work: Work, server: Server, _seconds: float) -> Result:
    with _stage(work, server) as stage:
        with stage.running() as running:
            stage.load(running, "--mode", "preload", "--updates", str(traces.log()))
            time.sleep(_WRITTEN_SECONDS)
        with stage.running() as running:
            result = stage.load(running, "--mode", "join", "--at-once", "1")
    result["no_data"] = result["sync_bytes"] < traces.LOG_STATE_BYTES / 2
    return result


NODE = ("yws", "hocus", "hocus-sqlite")
_CPU = "cpu_us_per_delivery", "CPU µs per delivered update"

WORKS = {
    work.name: work
    for work in (
        Work(
            "W0",
            "one typist among 5, server otherwise idle",
            1,
            5,
            _plain,
            ("--senders", "1", "--rate", "5"),
            (Goal("ms_p50", "p50 ms", most=1),),
        ),
        Work(
            "W1",
            "50 clients in a room, 5 edits/s each",
            1,
            50,
            _plain,
            ("--rate", "5"),
            (
                Goal(*_CPU, ratio=0.45, peers=NODE),
                Goal("ms_p50", "p50 ms", most=8),
                Goal("ms_p99", "p99 ms", most=25),
            ),
        ),
        Work(
            "W1b",
            "200 clients in a room, 2 edits/s each",
            1,
            200,
            _plain,
            ("--rate", "2"),
            (Goal(*_CPU, ratio=0.35, peers=NODE), Goal("ms_p50", "p50 ms", most=12)),
        ),
        Work(
            "W2",
            "200 rooms of 5, 1 edit/s each",
            200,
            5,
            _plain,
            ("--rate", "1"),
            (
                Goal(*_CPU, ratio=0.60, peers=("hocus-sqlite",)),
                Goal(*_CPU, ratio=0.90, peers=NODE),
                Goal("ms_p50", "p50 ms", most=8),
            ),
        ),
        Work(
            "W3b",
            "saturation: 50 clients in a room, each always with 4 edits under way",
            1,
            50,
            _plain,
            ("--mode", "saturate", "--in-flight", "4"),
            (
                Goal(
                    "deliveries_per_core_s",
                    "deliveries per second of CPU",
                    ratio=2.5,
                    peers=("hocus",),
                    higher=True,
                ),
            ),
        ),
        Work(
            "W4",
            "50 join a document of 271 kB at once",
            1,
            50,
            _joins,
            ("--at-once", "50"),
            (Goal("join_ms_p50", "p50 ms", ratio=1 / 7, peers=NODE),),
        ),
        Work(
            "W5",
            "2000 silent connections in 500 rooms",
            500,
            4,
            _idle,
            (),
            (Goal("kb_per_connection", "kB per connection", most=8),),
        ),
        Work(
            "W6",
            "10,000 logged updates, restart, first join",
            1,
            1,
            _restart,
            (),
            (Goal("join_ms_p50", "ms", ratio=1),),
            keeping=True,
        ),
        Work(
            "W7",
            "500 carets in a room, each moved once a second, echoed as y-websocket does",
            1,
            500,
            _plain,
            ("--mode", "presence", "--rate", "1"),
            (Goal("ms_p95", "p95 ms", most=250), Goal("cpu_percent", "CPU %", most=50)),
        ),
        Work(
            "W8",
            "soak: W2 while every 2 s a room is left for 90 s",
            200,
            5,
            _soak,
            ("--mode", "soak", "--rate", "1"),
            (Goal("rss_growth_percent", "memory at the end, % over after warm-up", most=3),),
            alone=True,
        ),
    )
}

#: What runs when nothing is named: all but the soak, which takes half an hour.
USUAL = tuple(name for name in WORKS if name != "W8")


def faults(result: Result) -> str | None:
    """Return what was wrong with the deliveries of a run; None if each sequence arrived without gaps."""
    names = ("missing", "repeated", "out_of_order", "missing_for_newcomer", "closed", "never_seen")
    found = [f"{name} {result[name]}" for name in names if result.get(name)]
    return ", ".join(found) or None
