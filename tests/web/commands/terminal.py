"""Commands as people type them: in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.harness import PATIENCE


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended. `out`, `err`: what it printed."""

    code: int
    out: str
    err: str


def accord(*arguments: str | Path, **environment: str) -> Said:
    """Run one."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    done = subprocess.run(
        [str(Path(sys.executable).parent / "accord"), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=4 * PATIENCE,
        env={**clean, **environment},
    )
    return Said(done.returncode, done.stdout, done.stderr)
