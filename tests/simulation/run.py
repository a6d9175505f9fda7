"""
Running schedules: what surrounds them, the JavaScript reader, and how a failed one is told.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy.exc import DBAPIError

from rooms import containment, trial
from tests.simulation.disk import Disk
from tests.simulation.oracle import normal
from tests.simulation.world import World

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a schedule went.

    Attributes:
        events: What happened in it, line by line.
    """

    seed: int
    violations: list[str]
    events: list[str]

    def __str__(self) -> str:
        told = "\n".join(self.events)
        why = "\n".join(self.violations)
        return (
            f"{told}\n\nschedule {self.seed} (ACCORD_TEST_SEED={self.seed} runs it again):\n{why}"
        )


class Simulator:
    """
    Runs schedules one after the other: ``with Simulator(folder) as simulator: simulator.run(7)``.

    Args:
        reader: Whether JavaScript Yjs reads what they leave.
    """

    def __init__(self, folder: Path, *, reader: bool = False) -> None:
        self._folder = folder
        self._with_reader = reader
        self._reader: _Reader | None = None
        self._world: World | None = None

    def __enter__(self) -> Simulator:
        self._exit = ExitStack()
        self._disk = Disk(self._folder)
        self._exit.callback(self._disk.close)
        if self._with_reader:
            self._reader = _Reader()
            self._exit.callback(self._reader.close)
        self._exit.enter_context(_errors_go_to(self._logged))
        for module in ("store.updatelog", "rooms.compaction", "store.ids"):
            self._exit.enter_context(patch(f"{module}.datetime", self))
        self._exit.enter_context(patch.object(containment, "_replay", _replay))
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._exit.close()

    def now(self, zone: tzinfo) -> datetime:
        """Return what the server reads from the clock on the wall."""
        world = self._world
        return world.loop.wall() if world is not None else datetime(2026, 1, 1, tzinfo=UTC)

    def run(self, seed: int) -> Outcome:
        """Run one schedule."""
        self._world = None
        world = self._world = World(seed, self._disk, self._folder)
        for question in world.run():
            if self._reader is not None:
                self._ask(self._reader, world, question)
        events = [f"{at:10.4f}  {' '.join(map(str, what))}" for at, what in world.events]
        return Outcome(seed, world.violations, events)

    def _ask(self, reader: _Reader, world: World, question: dict[str, Any]) -> None:
        answer = reader.ask({name: question[name] for name in ("log", "disk", "live")})
        logged = normal(question["state"])
        for name, found in answer.items():
            if found["waits"]:
                world.violated(f"JavaScript cannot fit together what it is given from {name}")
            elif normal(found) != logged:
                world.violated(f"JavaScript reads from {name}: {normal(found)}, logged is {logged}")

    def _logged(self, record: logging.LogRecord) -> None:
        """The server's own complaints: what it was done to is none of ours."""
        error = record.exc_info[1] if record.exc_info else None
        while error is not None and not isinstance(error, DBAPIError):
            error = error.__cause__
        action = getattr(record, "action", "")
        world = self._world
        if world is None or action == "log_failed" or error is not None:
            return
        if action != "document_broken" or not world.engine_failed:
            world.violated(f"the server logs {action}: {logging.Formatter().format(record)}")


class _Reader:
    """A Node process that reads with JavaScript Yjs."""

    def __init__(self) -> None:
        program = shutil.which("node")
        assert program is not None
        self._process = subprocess.Popen(
            [program, HERE / "reader.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_NO_WARNINGS": "1"},
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Have updates applied; return what the documents then say."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def _errors_go_to(take: Callable[[logging.LogRecord], None]) -> Iterator[None]:
    """Hear what the server logs as an error; format nothing else."""
    handler = logging.Handler(logging.ERROR)
    handler.emit = take  # type: ignore[method-assign,assignment]
    loggers = [logging.getLogger(name) for name in ("rooms", "store", "collab")]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.ERROR)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


async def _replay(one: trial.Trial) -> Any:
    """What `rooms.containment` does in a process of its own, in this one."""
    await asyncio.sleep(0.05)
    said: list[str] = []
    code = trial.run(one, said.append)
    bad = {}
    for line in said:
        if line.startswith("bad "):
            _, seq, why = line.split(" ", 2)
            bad[int(seq)] = why
    last = next(line for line in reversed(said) if not line.startswith("bad "))
    return containment._Ending(code, last, bad)
