"""The table: medians per server, Accord's figure against the goal."""

from __future__ import annotations

import math
import os
import platform
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.rooms.servers import ACCORD
from bench.rooms.works import WORKS, Goal, Result


def render(results: Sequence[Result], titles: Mapping[str, str]) -> str:
    """Return a Markdown table of all results."""
    order = [name for name in titles if any(one["server"] == name for one in results)]
    lines = [_head(results), ""]
    lines.append(f"| work | figure | {' | '.join(titles[name] for name in order)} | goal | |")
    lines.append("|---|---|" + "---|" * (len(order) + 2))
    for name, work in WORKS.items():
        found = [one for one in results if one["work"] == name]
        if found:
            lines += [_row(name, goal, found, order) for goal in work.goals]
    for one in results:
        if one.get("fault"):
            lines += ["", f"{one['work']} {titles[one['server']]}: {one['fault']}"]
    return "\n".join(lines)


def _head(results: Sequence[Result]) -> str:
    runs = max(
        (
            sum((one["work"], one["server"]) == key for one in results)
            for key in {(one["work"], one["server"]) for one in results}
        ),
        default=0,
    )
    loads = [one["load"] for one in results]
    day = max((one["at"][:10] for one in results), default=time.strftime("%Y-%m-%d"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{day}, {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}; medians of up to {runs} runs; "
        f"load average before a run {min(loads, default=0):.1f} to {max(loads, default=0):.1f}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _row(work: str, goal: Goal, found: Sequence[Result], order: Sequence[str]) -> str:
    medians = {name: median(found, name, goal.key) for name in order}
    cells = [_cell(medians[name], found, name) for name in order]
    what = f"{work}: {WORKS[work].what}" if goal is WORKS[work].goals[0] else ""
    return f"| {what} | {goal.title} | {' | '.join(cells)} | {_goal(goal, medians)} |"


def median(found: Sequence[Result], server: str, key: str) -> float | None:
    """Return the median of a server's sound runs, None if there is none."""
    values = [
        one[key]
        for one in found
        if one["server"] == server and key in one and not one.get("no_data")
    ]
    return statistics.median(values) if values else None


def _cell(value: float | None, found: Sequence[Result], server: str) -> str:
    if value is None:
        empty = any(one["server"] == server and one.get("no_data") for one in found)
        return "answers without the data" if empty else ""
    return _figure(value)


def _figure(value: float) -> str:
    """Three digits."""
    if value == 0:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"


def _goal(goal: Goal, medians: Mapping[str, float | None]) -> str:
    """Return what is wanted, and whether it is so. Nothing is rounded before it is compared."""
    own = medians.get(ACCORD)
    if goal.most is not None:
        wanted = f"≤ {goal.most:g}"
        return f"{wanted} | {_verdict(own is not None and own <= goal.most, own)}"
    assert goal.ratio is not None
    peers = [
        value
        for name, value in medians.items()
        if value is not None and not name.startswith(ACCORD) and name in (goal.peers or medians)
    ]
    sign = "≥" if goal.higher else "≤"
    wanted = (
        f"{sign} {goal.ratio:.3g} of {'the best peer' if len(goal.peers) != 1 else goal.peers[0]}"
    )
    if own is None or not peers:
        return f"{wanted} | "
    ratio = own / (max(peers) if goal.higher else min(peers))
    reached = ratio >= goal.ratio if goal.higher else ratio <= goal.ratio
    rounded = (math.floor if goal.higher else math.ceil)(ratio * 100) / 100
    return f"{wanted} | {rounded:.2f}: {_verdict(reached, own)}"


def _verdict(reached: bool, own: float | None) -> str:
    if own is None:
        return ""
    return "reached" if reached else "**missed**"
