"""
Measure rooms: ``python -m bench.rooms [W0 W1 ...]``, or ``accord bench rooms``. See README.md.

Every server gets every work in turn, `--runs` times, so that what else happens on the machine hits all alike;
the table has medians. The exit code is 1 when something that was sent did not arrive, in order, once.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.rooms import table, works
from bench.rooms.servers import ACCORD, Server, install, servers
from bench.rooms.works import USUAL, WORKS, Result, Work

_RESULTS = Path(__file__).parent.parent / "results" / "rooms.jsonl"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; return the exit code."""
    options = _read(arguments)
    known = servers(options.before)
    chosen = {name: known[name] for name in options.servers.split(",")}
    results = [] if options.table is None else _read_results(options.table)
    if options.table is None:
        for one in chosen.values():
            install(one)
        works.build_load()
        with _RESULTS.open("a") as file:
            for result in measure(options, chosen):
                results.append(result)
                file.write(json.dumps(result) + "\n")
                file.flush()
    print(table.render(results, {name: one.title for name, one in known.items()}))
    return 1 if any(one["server"] == ACCORD and one.get("fault") for one in results) else 0


def measure(options: argparse.Namespace, chosen: dict[str, Server]) -> Iterator[Result]:
    """Yield one result after the other."""
    for name in options.works:
        work = WORKS[name]
        for _ in range(options.runs if name != "W8" else 1):
            for key, server in chosen.items():
                if (work.keeping and not server.keeps) or (work.alone and key != ACCORD):
                    continue
                yield {**_measure_one(work, server, options.seconds), "work": name, "server": key}


def _measure_one(work: Work, server: Server, seconds: float) -> Result:
    load_before = os.getloadavg()[0]
    if work.name == "W8":
        seconds = max(seconds, 1800)
    try:
        result = work.run(work, server, seconds)
        result["fault"] = works.faults(result)
    except (RuntimeError, OSError) as exc:
        result = {"fault": str(exc)}
    shown = {goal.title: result[goal.key] for goal in work.goals if goal.key in result}
    said = "".join(f"  {title} {value}" for title, value in shown.items())
    print(
        f"{work.name} {server.title}:{said}  {result['fault'] or ''}", file=sys.stderr, flush=True
    )
    result |= {"at": time.strftime("%Y-%m-%d %H:%M:%S"), "load": load_before}
    return result


def _read_results(path: Path) -> list[Result]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _read(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="accord bench rooms", description=__doc__)
    parser.add_argument("works", nargs="*", metavar="WORK", help=f"of {' '.join(WORKS)}")
    parser.add_argument("--runs", type=int, default=3, help="of each work and server (3)")
    parser.add_argument("--seconds", type=float, default=8.0, help="measured in each run (8)")
    parser.add_argument(
        "--servers",
        default="accord,yws,hocus,hocus-sqlite",
        help="comma separated, also yws-level, accord-before (accord,yws,hocus,hocus-sqlite)",
    )
    parser.add_argument(
        "--before", type=Path, metavar="DIR", help="another checkout, as accord-before"
    )
    parser.add_argument(
        "--table", type=Path, metavar="FILE", help="measure nothing, print what a file holds"
    )
    options = parser.parse_args(arguments)
    options.works = options.works or list(USUAL)
    if unknown := set(options.works) - set(WORKS):
        parser.error(f"no such work: {', '.join(sorted(unknown))}")
    if unknown := set(options.servers.split(",")) - set(servers(options.before)):
        parser.error(f"no such server: {', '.join(sorted(unknown))}")
    return options


if __name__ == "__main__":
    sys.exit(main())
