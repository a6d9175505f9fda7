"""`accord bench rooms`: what a checkout's `bench/` measures. Installed packages have no benchmark in them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def run(what: str, arguments: Sequence[str]) -> int:
    """Run one of the benchmarks with its own arguments; return its exit code."""
    if not (ROOT / "bench" / what).is_dir():
        print("accord: benchmarks run in a checkout of the source only", file=sys.stderr)
        return 2
    return subprocess.run([sys.executable, "-m", f"bench.{what}", *arguments], cwd=ROOT).returncode
