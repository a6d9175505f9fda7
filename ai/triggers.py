"""
When critiques set the bot to work: after some silence, and not for ever later if there is none.

Nothing is lost with the process: what was not run for is seen again at the next start.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import copy_context
from dataclasses import dataclass

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    first_at: float
    timer: asyncio.TimerHandle


class Debounce:
    """
    Calls `action(key)` once after a burst of `touch(key)`.

    Args:
        quiet_seconds: Silence after the last touch.
        max_wait_seconds: Longest wait after the first.
    """

    def __init__(
        self,
        action: Callable[[str], Awaitable[None]],
        *,
        quiet_seconds: float,
        max_wait_seconds: float,
    ) -> None:
        self._action = action
        self._quiet = quiet_seconds
        self._max_wait = max_wait_seconds
        self._waiting: dict[str, _Waiting] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False
        self._context = copy_context()  # who touches may be a job, whose child the action would be

    def touch(self, key: str) -> None:
        """Something happened."""
        if self._closed:
            return
        loop = asyncio.get_running_loop()
        waiting = self._waiting.pop(key, None)
        first_at = loop.time()
        if waiting is not None:
            waiting.timer.cancel()
            first_at = waiting.first_at
        due = min(loop.time() + self._quiet, first_at + self._max_wait)
        self._waiting[key] = _Waiting(
            first_at, loop.call_at(due, self._fire, key, context=self._context)
        )

    def _fire(self, key: str) -> None:
        del self._waiting[key]
        task = asyncio.get_running_loop().create_task(self._act(key))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _act(self, key: str) -> None:
        try:
            await self._action(key)
        except Exception:
            logger.exception("a triggered run failed to start", extra={"action": "trigger_failed"})

    async def close(self) -> None:
        """Forget what waits, from now on; finish what has begun."""
        self._closed = True
        for waiting in self._waiting.values():
            waiting.timer.cancel()
        self._waiting.clear()
        if self._running:
            await asyncio.wait(self._running)
