from __future__ import annotations

import subprocess
import sys

from tests.harness import PATIENCE

BEGIN = """
import asyncio, time
from web.stall import StallGuard

async def serve(guard):
    guard.start()
    await asyncio.sleep(0)
    {work}

with StallGuard(1.0) as guard:
    asyncio.run(serve(guard))
    {after}
print("came to its end")
"""


def run(*, work: str, after: str = "pass") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", BEGIN.format(work=work, after=after)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)


def test_a_loop_that_stands_still_ends_the_process_and_says_where() -> None:
    ended = run(work="time.sleep(60)")
    assert ended.returncode == 1
    assert "in serve" in ended.stderr
    assert ended.stdout == ""


def test_what_holds_the_interpreter_is_ended_too() -> None:
    ended = run(work="sum(range(10**14))")
    assert ended.returncode == 1


def test_a_loop_that_works_goes_on_for_as_long_as_it_likes() -> None:
    ended = run(work="await asyncio.sleep(2.5)")
    assert (ended.returncode, ended.stdout) == (0, "came to its end\n")


def test_what_comes_after_the_guard_has_all_the_time() -> None:
    ended = run(work="pass", after="guard.__exit__(None, None, None); time.sleep(2)")
    assert (ended.returncode, ended.stdout) == (0, "came to its end\n")
