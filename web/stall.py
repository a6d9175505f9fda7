"""
A server that stands still is ended, so that what watches over it starts it again.

What hangs inside the engine holds the interpreter: no thread of Python could notice. `faulthandler` has one that is not
Python's. The next start finds in the journal (`rooms.journal`) what the engine was at work on, and sets it aside.
"""

from __future__ import annotations

import asyncio
import faulthandler
from types import TracebackType

#: The event loop says so often in one allowance that it is alive.
_BEATS = 4


class StallGuard:
    """
    ``with StallGuard(30.0) as guard:``, and ``guard.start()`` once the event loop runs.

    When the loop then does nothing for so many seconds, every thread's stack is written to standard error and the
    process ends with exit code 1. A process that is stopped (SIGSTOP) for longer ends when it goes on; one on a
    machine that sleeps does not.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._beating: asyncio.Task[None] | None = None

    def __enter__(self) -> StallGuard:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        faulthandler.cancel_dump_traceback_later()

    def start(self) -> None:
        """Begin, on the running event loop."""
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            faulthandler.dump_traceback_later(self._seconds, exit=True)
            await asyncio.sleep(self._seconds / _BEATS)
