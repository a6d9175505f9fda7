"""
Documents: uploads beside `@tus/server`, PDF beside markitdown, search over 100,000 passages.

    .venv/bin/python -m bench.ingest [--only uploads|reading|finding] [--turns 3]

Peers run here and in the same run, by turns. `npm ci --prefix bench/ingest/peers/tus` first; markitdown is installed
by itself.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Iterator

import psutil

from bench.ingest import finding, reading, uploads

PARTS = ("uploads", "reading", "finding")


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="a part of it")
    parser.add_argument("--turns", type=int, default=3, help="runs of each by turns (3)")
    parser.add_argument("--megabytes", type=int, default=500, help="size of the upload (500)")
    options = parser.parse_args()
    memory = psutil.virtual_memory().total / 2**30
    print(
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, load {psutil.getloadavg()[0]:.1f}\n"
    )
    print("| | measured | goal |\n|---|---|---|")
    for name, measured, goal in _rows(options):
        print(f"| {name} | {measured} | {goal} |", flush=True)


def _rows(options: argparse.Namespace) -> Iterator[tuple[str, str, str]]:
    if options.only in (None, "uploads"):
        yield from uploads.rows(options.megabytes * uploads.MB, options.turns)
    if options.only in (None, "reading"):
        yield from reading.rows(options.turns)
    if options.only in (None, "finding"):
        yield from finding.rows()


if __name__ == "__main__":
    main()
