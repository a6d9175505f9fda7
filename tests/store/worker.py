"""A process in the middle of a job, until a test kills it: ``python -m tests.store.worker FILE``."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.store.test_jobs import Work


async def main(path: Path) -> None:
    """Start the job, and never end it."""
    work = Work(held=True)
    async with work.opened(path) as jobs:
        await jobs.submit("work", "k")
        await work.in_the_middle.wait()
        print("in the middle", flush=True)  # noqa: T201 - read by the test
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
