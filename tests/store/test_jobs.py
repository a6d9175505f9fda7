from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from store.jobs import Jobs, Steps
from store.testing import PATIENCE


def quick_jobs(path: Path) -> Jobs:
    """Return jobs that close quickly."""
    return Jobs(path, poll_seconds=0.02)


class Work:
    """A job of three steps that writes down what it does; the second waits until it may go on."""

    def __init__(self, *, held: bool = False) -> None:
        self.done: list[str] = []
        self.in_the_middle = asyncio.Event()
        self.ended = asyncio.Event()
        self._go_on = asyncio.Event()
        if not held:
            self._go_on.set()

    def go_on(self) -> None:
        self._go_on.set()

    async def job(self, steps: Steps, key: str) -> None:
        self.done.append(f"start {key}")
        first = await steps.run("first", self._step, "first")
        second = await steps.run("second", self._held_step)
        self.done.append(f"{first}, {second}")
        self.ended.set()

    async def _step(self, name: str) -> dict[str, Any]:
        self.done.append(name)
        return {"result": name}

    async def _held_step(self) -> int:
        self.done.append("second")
        self.in_the_middle.set()
        await self._go_on.wait()
        return 2

    def opened(self, path: Path) -> Jobs:
        jobs = quick_jobs(path)
        jobs.define("work", self.job)
        return jobs


async def _soon(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():  # noqa: ASYNC110 - DBOS tells nobody
            await asyncio.sleep(0.01)


async def test_a_job_does_its_steps_in_order(tmp_path: Path) -> None:
    work = Work()
    async with work.opened(tmp_path / "jobs.db") as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.ended.wait(), PATIENCE)
    assert work.done == ["start k", "first", "second", "{'result': 'first'}, 2"]


async def test_submitting_twice_is_one_job(tmp_path: Path) -> None:
    work = Work(held=True)
    async with work.opened(tmp_path / "jobs.db") as jobs:
        for _ in range(3):
            await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
    assert work.done == ["start k", "first", "second"]


async def test_two_keys_are_two_jobs(tmp_path: Path) -> None:
    work = Work()
    async with work.opened(tmp_path / "jobs.db") as jobs:
        await jobs.submit("work", "a")
        await jobs.submit("work", "b")

        async def both() -> bool:
            return {"start a", "start b"} <= set(work.done)

        await _soon(both)


async def test_a_job_is_alive_until_it_ends(tmp_path: Path) -> None:
    work = Work(held=True)
    async with work.opened(tmp_path / "jobs.db") as jobs:
        assert not await jobs.is_alive("work", "k")
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        assert await jobs.is_alive("work", "k")
        work._go_on.set()

        async def dead() -> bool:
            return not await jobs.is_alive("work", "k")

        await _soon(dead)


async def test_a_job_that_raises_is_not_alive_any_more(tmp_path: Path) -> None:
    jobs = quick_jobs(tmp_path / "jobs.db")

    async def fail(steps: Steps, key: str) -> None:
        raise LookupError("a bug")

    jobs.define("work", fail)
    async with jobs:
        await jobs.submit("work", "k")

        async def dead() -> bool:
            return not await jobs.is_alive("work", "k")

        await _soon(dead)


async def test_what_a_stop_interrupts_goes_on_with_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    interrupted = Work(held=True)
    async with interrupted.opened(path) as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(interrupted.in_the_middle.wait(), PATIENCE)
    again = Work(held=True)  # and is interrupted once more, when it was resumed and not submitted
    async with again.opened(path):
        await asyncio.wait_for(again.in_the_middle.wait(), PATIENCE)
    resumed = Work()
    async with resumed.opened(path):
        await asyncio.wait_for(resumed.ended.wait(), PATIENCE)
    assert interrupted.done == ["start k", "first", "second"]
    assert again.done == ["start k", "second"]
    assert resumed.done == ["start k", "second", "{'result': 'first'}, 2"]


async def test_a_finished_job_is_not_done_again(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    work = Work()
    async with work.opened(path) as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.ended.wait(), PATIENCE)

        async def dead() -> bool:
            return not await jobs.is_alive("work", "k")

        await _soon(dead)
    again = Work()
    async with again.opened(path) as jobs:
        await jobs.submit("work", "k")
        assert not await jobs.is_alive("work", "k")
    assert again.done == []


async def test_threads_still_work_when_jobs_are_closed(tmp_path: Path) -> None:
    """DBOS makes its pool of threads the event loop's, and takes it away with itself."""
    work = Work()
    async with work.opened(tmp_path / "jobs.db") as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.ended.wait(), PATIENCE)
    assert await asyncio.to_thread(lambda: "still here") == "still here"


async def test_a_step_that_returns_what_cannot_be_kept_fails_at_once(tmp_path: Path) -> None:
    """Not only after a restart, when it would be too late to notice."""
    jobs = quick_jobs(tmp_path / "jobs.db")
    failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def step() -> object:
        return object()

    async def job(steps: Steps, key: str) -> None:
        try:
            await steps.run("odd", step)
        except TypeError as exc:
            failed.set_result(exc)

    jobs.define("work", job)
    async with jobs:
        await jobs.submit("work", "k")
        assert "not JSON serializable" in str(await asyncio.wait_for(failed, PATIENCE))


async def test_a_killed_process_goes_on_at_the_step_it_was_in(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    await asyncio.to_thread(_start_and_kill, path)
    resumed = Work()
    async with resumed.opened(path):
        await asyncio.wait_for(resumed.ended.wait(), PATIENCE)
    assert resumed.done == ["start k", "second", "{'result': 'first'}, 2"]


def _start_and_kill(path: Path) -> None:
    command = [sys.executable, "-m", "tests.store.worker", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()


async def test_a_job_that_is_forgotten_stops_and_leaves_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    work = Work(held=True)
    async with work.opened(path) as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        files = [path, path.with_name("jobs.db-wal")]
        assert any(b'"result"' in one.read_bytes() for one in files)
        await jobs.forget([("work", "k"), ("work", "never-was")])
        assert not await jobs.is_alive("work", "k")
        await jobs.scrub()
        assert not any(b'"result"' in one.read_bytes() for one in files)
    assert not work.ended.is_set()


async def test_a_job_that_was_forgotten_begins_anew(tmp_path: Path) -> None:
    work = Work(held=True)
    async with work.opened(tmp_path / "jobs.db") as jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        await jobs.forget([("work", "k")])
        work.in_the_middle.clear()
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        work.go_on()
        await asyncio.wait_for(work.ended.wait(), PATIENCE)
    assert work.done == ["start k", "first", "second"] * 2 + ["{'result': 'first'}, 2"]


async def test_a_job_may_forget_others_and_submit_them(tmp_path: Path) -> None:
    """Without counting that among its own steps."""
    work, again = Work(held=True), asyncio.Event()

    async def other(steps: Steps, _key: str) -> None:
        await jobs.forget([("work", "k")])
        await jobs.submit("work", "k")
        again.set()

    jobs = quick_jobs(tmp_path / "jobs.db")
    jobs.define("work", work.job)
    jobs.define("other", other)
    async with jobs:
        await jobs.submit("work", "k")
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        work.in_the_middle.clear()
        await jobs.submit("other", "o")
        await asyncio.wait_for(again.wait(), PATIENCE)
        await asyncio.wait_for(work.in_the_middle.wait(), PATIENCE)
        work.go_on()
        await asyncio.wait_for(work.ended.wait(), PATIENCE)
