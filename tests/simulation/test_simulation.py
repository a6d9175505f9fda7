"""
A thousand schedules of rooms, log and network, none of which may break a promise.

`ACCORD_TEST_SEED=n` runs schedule n alone, `ACCORD_TEST_SCHEDULES=n` so many from there. Everything in a schedule
follows from its seed; a failed one prints what happened in it.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.clients import NPM
from tests.e2e.conftest import missing
from tests.simulation.run import Outcome, Simulator

FIRST = int(os.environ.get("ACCORD_TEST_SEED", "0"))
SCHEDULES = int(
    os.environ.get("ACCORD_TEST_SCHEDULES", "1" if "ACCORD_TEST_SEED" in os.environ else "1000")
)

_SPAWN = multiprocessing.get_context("spawn")

#: Failed schedules that are told in full.
_TOLD = 2


def run_some(seeds: range, *, reader: bool) -> list[Outcome]:
    """Run schedules; return those that failed."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(Path(folder), reader=reader) as simulator,
    ):
        return [outcome for seed in seeds if (outcome := simulator.run(seed)).violations]


def run_all(seeds: range, *, reader: bool) -> list[Outcome]:
    """Run schedules, many of them in two processes; return those that failed."""
    if len(seeds) < 10:
        return run_some(seeds, reader=reader)
    with ProcessPoolExecutor(2, mp_context=_SPAWN) as processes:
        runs = [
            processes.submit(run_some, part, reader=reader) for part in (seeds[::2], seeds[1::2])
        ]
        return [outcome for run in runs for outcome in run.result()]


def test_no_schedule_breaks_a_promise() -> None:
    reader = shutil.which("node") is not None and (NPM / "node_modules" / "yjs").exists()
    failed = run_all(range(FIRST, FIRST + SCHEDULES), reader=reader)
    if failed:
        told = "\n\n".join(map(str, failed[:_TOLD]))
        seeds = ", ".join(str(outcome.seed) for outcome in failed)
        pytest.fail(
            f"{told}\n\n{len(failed)} of {SCHEDULES} schedules fail: {seeds}", pytrace=False
        )
    if not reader:
        missing("Node is not installed: JavaScript Yjs did not read what the schedules left")


def test_everything_in_a_schedule_follows_from_its_seed(tmp_path: Path) -> None:
    """Another process has other hashes, other addresses and another time of day."""
    with Simulator(tmp_path) as simulator:
        here = [simulator.run(seed) for seed in range(4)]
    with ProcessPoolExecutor(1, mp_context=_SPAWN) as processes:
        there = [processes.submit(_run_one, seed).result() for seed in reversed(range(4))]
    assert [one.events for one in here] == [one.events for one in reversed(there)]


def _run_one(seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as folder, Simulator(Path(folder)) as simulator:
        return simulator.run(seed)
