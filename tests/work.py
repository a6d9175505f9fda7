"""What code costs, in processor time: what else the machine does at the time does not count."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncGenerator, Generator


@contextlib.contextmanager
def at_most(seconds: float) -> Generator[None]:
    """
    Fail if this process, all its threads, works for longer.

    For what must never take minutes, with a limit that is far from what it takes. How fast something is, `bench/`
    measures.
    """
    before = time.process_time()
    yield
    took = time.process_time() - before
    assert took < seconds, f"{took:.2f} s of processor time, at most {seconds} s"


@contextlib.asynccontextmanager
async def turns_of_at_most(seconds: float) -> AsyncGenerator[None]:
    """
    Fail if this process works for longer while the event loop has no turn: everybody in every room waits for one.

    It has none while its own thread works, and while another does not let go of the interpreter. Garbage is collected
    before and after, not meanwhile: that falls on any thread.
    """
    slowest = 0.0

    async def others() -> None:
        nonlocal slowest
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            slowest = max(slowest, time.process_time() - before)

    gc.collect()
    gc.disable()
    task = asyncio.create_task(others())
    await asyncio.sleep(0)
    try:
        yield
        await asyncio.sleep(0)
    finally:
        task.cancel()
        gc.enable()
    assert slowest < seconds, f"{slowest:.2f} s without a turn, at most {seconds} s"
