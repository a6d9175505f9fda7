"""`accord fuzz`: hostile messages against a room, in processes that may die of it."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from time import monotonic, sleep
from typing import Any

from rooms.fuzzing import last_message

#: The command that fuzzes.
FUZZER: Sequence[str] = (sys.executable, "-m", "rooms.fuzzing")

#: One process works this long; then another begins with the next seed.
_SHIFT_SECONDS = 60.0

#: A process that says nothing for so long after its time hangs.
_PATIENCE_SECONDS = 20.0
_LOADING_SECONDS = 120.0


@dataclass(slots=True)
class Report:
    """
    What one process found.

    Attributes:
        finding: None if nothing.
        tally: What it counted, if it lived to tell.
    """

    seed: int
    finding: str | None
    tally: dict[str, Any]
    message: bytes


def run(*, minutes: float, seed: int | None, corpus: Path | None) -> int:
    """Fuzz for some minutes; print what was found, and how to see it again."""
    if corpus is not None and not corpus.exists():
        print(f"accord: there is no file {corpus}", file=sys.stderr)
        return 2
    first = seed if seed is not None else random.SystemRandom().randrange(2**31)
    end = monotonic() + minutes * 60
    messages, slowest, refused = 0, 0.0, Counter[str]()
    number = 0
    while (left := end - monotonic()) > 0:
        report = shift(first + number, min(left, _SHIFT_SECONDS), corpus)
        number += 1
        messages += report.tally.get("messages", 0)
        slowest = max(slowest, report.tally.get("slowest_seconds", 0.0))
        refused.update(report.tally.get("refused", {}))
        if report.finding is not None:
            print(f"FOUND: {report.finding}")
            print(f"  seed     {report.seed}")
            print(f"  message  {report.message.hex()}")
            print(f"  again    accord fuzz --seed {report.seed} --minutes {minutes:g}")
            return 1
    print(f"{messages} messages from seed {first}: nothing found")
    print(f"slowest {slowest * 1000:.0f} ms; refused: {_words(refused)}")
    return 0


def shift(seed: int, seconds: float, corpus: Path | None) -> Report:
    """Run one process and say how it ended."""
    with tempfile.TemporaryDirectory() as folder:
        last = Path(folder) / "last"
        command = [*FUZZER, "--seed", str(seed), "--seconds", str(seconds), "--last", str(last)]
        if corpus is not None:
            command += ["--corpus", str(corpus)]
        with subprocess.Popen(command, stdout=PIPE, stderr=PIPE, text=True) as process:
            _wait_until_begun(process, last)
            try:
                out, error = process.communicate(timeout=seconds + _PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                return Report(seed, "a message hangs the process", {}, _read(last))
        if process.returncode in (0, 1) and out.startswith("{"):
            tally = json.loads(out)
            return Report(seed, tally.pop("finding"), tally, _read(last))
        finding = f"a message ends the process (exit {process.returncode}) {error[-2000:]}"
        return Report(seed, finding, {}, _read(last))


def _wait_until_begun(process: subprocess.Popen[str], last: Path) -> None:
    """Loading takes its time on a busy machine; only from then on does the process hang."""
    end = monotonic() + _LOADING_SECONDS
    while process.poll() is None and not last.exists() and monotonic() < end:
        sleep(0.02)


def _read(last: Path) -> bytes:
    return last_message(last).data if last.exists() else b""


def _words(refused: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in refused.most_common()) or "nothing"
