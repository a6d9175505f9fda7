"""
Time that jumps, and processes that can die.

`VirtualLoop` is an event loop without sockets, threads or waiting: when nothing is left to do now, now becomes the
moment of the next timer. What a `Life` starts belongs to it: tasks, timers, callbacks. When it ends, none of them ever
runs again, as if its process had been killed between two steps of its loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

_LIFE: ContextVar[Life | None] = ContextVar("life", default=None)


class NothingWillHappen(RuntimeError):
    """Everybody waits and no timer is set."""


class Life:
    """
    One life of a process.

    Attributes:
        alive: Whether it goes on.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self.alive = True
        self._loop = loop
        self._tasks: list[asyncio.Task[Any]] = []
        self._context = copy_context()
        self._context.run(_LIFE.set, self)

    def run(self, call: Callable[..., T], *args: Any) -> T | None:
        """Do something in this process, if it lives."""
        return self._context.copy().run(call, *args) if self.alive else None

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Start a task in this process."""
        return self._context.copy().run(self._loop.create_task, work)

    def later(self, seconds: float, call: Callable[..., object], *args: Any) -> None:
        """Do something in this process after a while, if it still lives."""
        self._loop.call_later(seconds, call, *args, context=self._context.copy())

    def adopt(self, task: asyncio.Task[Any]) -> None:
        """Remember a task: one that is collected as garbage would still run its `finally`."""
        self._tasks.append(task)

    def die(self) -> None:
        """End it between two steps."""
        self.alive = False

    def bury(self) -> None:
        """Free what it held. Only after its schedule: nothing may come of what this runs."""
        self.alive = False
        for task in self._tasks:
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            if not task.done():
                with suppress(BaseException):
                    task.get_coro().close()


class VirtualLoop(asyncio.BaseEventLoop):
    """
    An event loop of one schedule.

    Args:
        thread_seconds: Asked how long something takes that is done in a thread.

    Attributes:
        skew: Seconds that the clock on the wall is wrong by.
    """

    def __init__(self, thread_seconds: Callable[[], float]) -> None:
        super().__init__()
        self.skew = 0.0
        self._thread_seconds = thread_seconds
        self._now = 1000.0
        self._selector = self  # BaseEventLoop waits for sockets there; here it is where time jumps

    def time(self) -> float:
        """Return the seconds of this world."""
        return self._now

    def spend(self, seconds: float) -> None:
        """Something takes time without giving way to others."""
        self._now += seconds

    def wall(self) -> datetime:
        """Return what the clock on the wall shows."""
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._now + self.skew)

    def select(self, timeout: float | None) -> list[Any]:
        """Jump to the next timer."""
        if timeout is None:
            raise NothingWillHappen
        if timeout > 0:
            self._now = max(self._now, self._scheduled[0]._when)  # type: ignore[attr-defined]
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        assert event_list == []

    def _write_to_self(self) -> None:
        """Nothing sleeps, so nothing has to be woken."""

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        return super().call_soon(_while_alive(callback, context), *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return super().call_at(when, _while_alive(callback, context), *args, context=context)

    def create_task(self, coro: Any, **how: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = super().create_task(coro, **how)
        life = _LIFE.get()
        if life is not None:
            life.adopt(task)
        return task

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """What would be done in a thread is done at the moment the thread would be ready."""
        done: asyncio.Future[T] = self.create_future()

        def work() -> None:
            if done.cancelled():
                return
            try:
                result = func(*args)
            except Exception as exc:
                done.set_exception(exc)
            else:
                done.set_result(result)

        self.call_later(self._thread_seconds(), work)
        return done


def _while_alive(callback: Callable[..., object], context: Context | None) -> Callable[..., object]:
    life = _LIFE.get() if context is None else context.get(_LIFE)
    return callback if life is None else partial(_call, life, callback)


def _call(life: Life, callback: Callable[..., object], *args: Any) -> None:
    if life.alive:
        callback(*args)
