from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import ContextVar

import pytest

from ai.triggers import Debounce
from tests.harness import PATIENCE
from tests.simulation.clock import VirtualLoop


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Callable[[], asyncio.AbstractEventLoop]]]:
    """Time that jumps from one timer to the next: no machine is too busy for it."""
    return "asyncio", {"loop_factory": lambda: VirtualLoop(lambda: 0.0)}


class Calls:
    """Notes who was called and when, in seconds from the beginning."""

    def __init__(self) -> None:
        self.made: list[tuple[str, float]] = []
        self._start = asyncio.get_running_loop().time()

    async def __call__(self, key: str) -> None:
        self.made.append((key, asyncio.get_running_loop().time() - self._start))

    @property
    def keys(self) -> list[str]:
        return [key for key, _ in self.made]


async def test_a_burst_is_one_call_after_the_silence() -> None:
    calls = Calls()
    debounce = Debounce(calls, quiet_seconds=0.1, max_wait_seconds=5)
    for _ in range(5):
        debounce.touch("a")
        await asyncio.sleep(0.02)
    assert calls.made == []
    await asyncio.sleep(0.25)
    assert calls.keys == ["a"]
    assert calls.made[0][1] == pytest.approx(0.18)
    await debounce.close()


async def test_who_never_is_silent_is_heard_all_the_same() -> None:
    calls = Calls()
    debounce = Debounce(calls, quiet_seconds=0.2, max_wait_seconds=0.3)
    for _ in range(20):
        debounce.touch("a")
        await asyncio.sleep(0.05)
    assert [at for _, at in calls.made] == pytest.approx([0.3, 0.6, 0.9])
    await debounce.close()


async def test_one_session_does_not_wait_for_another() -> None:
    calls = Calls()
    debounce = Debounce(calls, quiet_seconds=0.05, max_wait_seconds=1)
    debounce.touch("a")
    debounce.touch("b")
    await asyncio.sleep(0.2)
    assert sorted(calls.keys) == ["a", "b"]
    debounce.touch("a")
    await asyncio.sleep(0.2)
    assert sorted(calls.keys) == ["a", "a", "b"]
    await debounce.close()


async def test_closing_forgets_what_waits_and_lets_finish_what_has_begun() -> None:
    done: list[str] = []

    async def slow(key: str) -> None:
        await asyncio.sleep(0.1)
        done.append(key)

    debounce = Debounce(slow, quiet_seconds=0.02, max_wait_seconds=1)
    debounce.touch("begun")
    await asyncio.sleep(0.06)
    debounce.touch("waiting")
    await debounce.close()
    assert done == ["begun"]
    await asyncio.sleep(0.1)
    assert done == ["begun"]


async def test_a_call_that_fails_is_logged_and_the_next_is_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[str] = []

    async def fails(key: str) -> None:
        seen.append(key)
        raise RuntimeError("no room")

    debounce = Debounce(fails, quiet_seconds=0.01, max_wait_seconds=1)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            debounce.touch("a")
            await asyncio.sleep(0.05)
    assert seen == ["a", "a"]
    assert "no room" in caplog.text
    await debounce.close()


async def test_a_closed_one_starts_nothing() -> None:
    calls = Calls()
    debounce = Debounce(calls, quiet_seconds=0.01, max_wait_seconds=1)
    await debounce.close()
    debounce.touch("a")
    await asyncio.sleep(0.05)
    assert calls.made == []


async def test_what_is_set_off_is_nobodys_child() -> None:
    """Jobs keep their parent in a context variable, and a parent that has ended may have no children."""
    parent: ContextVar[str | None] = ContextVar("parent", default=None)
    seen: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()

    async def look(_: str) -> None:
        seen.set_result(parent.get())

    debounce = Debounce(look, quiet_seconds=0.01, max_wait_seconds=1)
    parent.set("a job")
    debounce.touch("a")
    assert await asyncio.wait_for(seen, PATIENCE) is None
    await debounce.close()
