"""
What a round of thirty people and eight candidates costs the server, and a report of twenty pages.

    .venv/bin/python bench/deliberation.py

A server of its own process, the real Anthropic SDK, and a Messages server in another process that answers at once
(`bench/instantllm.py`), then one that takes half a second for each answer, to see that calls run side by side.
"""

from __future__ import annotations

import asyncio
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pymupdf

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from store import dissents, facilitators, inputs, participants  # noqa: E402
from store.inputs import Quote  # noqa: E402
from store.sessions import Phase  # noqa: E402
from tests.ai.places import HOST, Place, place, set_person  # noqa: E402
from tests.harness import TOKEN, ServerProcess, server_process  # noqa: E402

PEOPLE, CANDIDATES, PAGES = 30, 8, 20

BEARER = {"authorization": f"Bearer {TOKEN}"}

#: After this without requests a server counts as being at rest.
REST_SECONDS = 5.0

MIB = 2**20

THINGS = [
    "ferry",
    "market",
    "tower",
    "bridge",
    "school",
    "clinic",
    "library",
    "garden",
    "theatre",
    "station",
]
WISHES = [
    "has to stay open on Sundays, because those who work on the others have no other day",
    "needs a roof before winter, and a door that children can open by themselves",
    "should be run by its users, with a vote each year on who keeps the keys",
]

Row = tuple[str, str, str]


@dataclass(slots=True)
class Spent:
    """What a process took while something was done. Seconds, bytes above rest."""

    wall: float = 0.0
    cpu: float = 0.0
    memory: int = 0


def main() -> int:
    """Measure, print the table; 1 if a goal is missed."""
    with tempfile.TemporaryDirectory(prefix="accord-deliberation-") as folder:
        rows = [*rounds(Path(folder)), *reports(Path(folder) / "report")]
    print(f"{time.strftime('%Y-%m-%d')}, {_machine()}\n")
    print("| | measured | goal |\n|---|---|---|")
    for name, measured, goal in rows:
        print(f"| {name} | {measured} | {goal} |")
    return 0


def rounds(folder: Path) -> Iterator[Row]:
    """Measure a round with a model that answers at once, then with one that takes half a second."""
    with messages_server(0.0) as llm:
        data = folder / "instant"
        session, other = asyncio.run(fill(data)), asyncio.run(fill(data))
        with server_process(data, **environment(llm)) as server, watching(server) as spent:
            run = make_round(server, session)
            took = spent()
            heard = get(f"{llm}/heard")
            again = make_round(server, session, close=run)
            second = get(f"{llm}/heard")
            spent()
            make_round(server, other)
            loaded = spent()
    calls = {kind: heard.get(kind, 0) for kind in ("claims", "candidate", "rank")}
    shown = " + ".join(str(one) for one in calls.values())
    yield "model calls: points + candidates + rankings", shown, "30 + 8 + 30"
    yield "the same again, nothing changed", f"{sum(second.get(k, 0) for k in calls)}", "0"
    yield "calls at the same time, at most", f"{heard['most at a time']}", "6 (setting)"
    marked = heard["characters marked"] / heard["characters"]
    shown = f"{heard['marks']} marks, {marked:.0%} of all that is read"
    yield "marked for the provider to keep", shown, ""
    yield "the round, from the request to its end", f"{loaded.wall:.2f} s", "3 s"
    yield "of it processor time of the server", f"{loaded.cpu:.2f} s", ""
    yield "a server's first round, which loads the SDK", f"{took.wall:.2f} s", ""
    yield "of it processor time of the server", f"{took.cpu:.2f} s", ""
    yield "memory above rest, at its highest", f"{took.memory / MIB:.0f} MiB", "100 MiB"
    assert again["message"].startswith(("9 candidates", "There is nothing")), again["message"]
    with messages_server(0.5) as llm:
        data = folder / "slow"
        session = asyncio.run(fill(data))
        with server_process(data, **environment(llm)) as server, watching(server) as spent:
            make_round(server, session)
            took = spent()
    shown = f"{took.wall:.1f} s (one after another: {(PEOPLE * 2 + CANDIDATES) * 0.5:.0f} s)"
    yield "the round with a model that takes 0.5 s for each answer", shown, ""


def reports(data: Path) -> Iterator[Row]:
    """Measure reports of a long statement with sources, a round and dissent notes."""
    with messages_server(0.0) as llm:
        session = asyncio.run(fill(data))
        with server_process(data, **environment(llm)) as server:
            run = make_round(server, session)
            decide(server, session, run)
        asyncio.run(lengthen(data, session))
        with server_process(data, **environment(llm)) as server, watching(server) as spent:
            for kind in ("pdf", "docx", "md", "json"):
                times = []
                for _ in range(3):
                    spent()
                    found = download(f"{server.url}/api/sessions/{session}/report.{kind}")
                    times.append(spent())
                worst = max(one.wall for one in times)
                size = f"{len(found) / 1000:.0f} kB"
                if kind == "pdf":
                    size = f"{pymupdf.open(stream=found, filetype='pdf').page_count} pages, {size}"
                cpu = min(one.cpu for one in times)
                shown = f"{worst:.2f} s (worst of 3; processor {cpu:.2f} s)"
                yield f"report as {kind}, {size}", shown, "5 s"


async def fill(data: Path) -> str:
    """Make a session in which thirty people have said something and may be predicted."""
    data.mkdir(exist_ok=True)
    names = [f"{thing} {at}" for thing in THINGS for at in range(len(WISHES))]
    async with place(data, *names) as here:
        for at, name in enumerate(names):
            thing, wish = THINGS[at // len(WISHES)], WISHES[at % len(WISHES)]
            text = f"I think that the {thing} {wish}. Ask those who use the {thing} each day."
            await here.database.write(
                inputs.add,
                session_id=here.session,
                participant_id=here.people[name],
                text=text,
                quote=Quote.ANONYMOUS,
            )
            await here.database.write(set_person, here.people[name], predictable=True)
        await here.polls.move(here.session, here.by(HOST), Phase.DRAFTING)
        host, first = here.people[HOST], facilitators.FIRST
        await here.database.write(set_person, host, facilitator_id=first)
        return here.session


async def lengthen(data: Path, session: str) -> None:
    """Write twenty pages into the statement, and a dissent note of everybody."""
    async with place(data) as here:
        made: Place = here
        made.session = session
        people = await here.database.read(_people, session)
        made.people = {HOST: people[0]}
        sentences = [
            f"{number}. The {thing} {wish}, and whoever is against it has said so."
            for number in range(9)
            for thing in THINGS
            for wish in WISHES
        ]
        lines = [" ".join(sentences[at : at + 5]) for at in range(0, len(sentences), 5)]
        await made.write("\n".join(lines[: PAGES * 5 // 2]) + "\n")
        for person in people[1:]:
            await here.database.write(
                dissents.add,
                session_id=session,
                participant_id=person,
                text="The garden is not for sale, whatever the others say. " * 3,
                named=False,
            )


def make_round(server: ServerProcess, session: str, *, close: Any = None) -> Any:
    """Run a round to its end; with `close`, first close the one that is open."""
    path = f"{server.url}/api/sessions/{session}"
    if close is not None:
        (row,) = get(f"{path}/rounds")["rounds"]
        post(f"{path}/rounds/{row['id']}/close", {})
        until_ended(path)
    post(f"{path}/rounds", {"candidates": CANDIDATES})
    return until_ended(path)


def decide(server: ServerProcess, session: str, _: Any) -> None:
    """Close the round and accept what its winner proposes."""
    path = f"{server.url}/api/sessions/{session}"
    (row,) = get(f"{path}/rounds")["rounds"]
    post(f"{path}/rounds/{row['id']}/close", {})
    until_ended(path)
    for one in get(f"{path}/suggestions")["suggestions"]:
        post(f"{path}/suggestions/{one['id']}/accept", {})


def until_ended(path: str) -> Any:
    """Return the newest run when it has ended."""
    while (run := get(path)["run"])["status"] in ("queued", "running"):
        time.sleep(0.02)
    if run["status"] != "done":
        sys.exit(f"the run ended as {run}")
    return run


@contextmanager
def watching(server: ServerProcess) -> Iterator[Any]:
    """Let a server rest; yield what tells how much it took since the last look."""
    process = psutil.Process(server.process.pid)
    time.sleep(REST_SECONDS)
    rest = highest = _memory(process)
    stop = threading.Event()

    def sample() -> None:
        nonlocal highest
        while not stop.wait(0.02):
            highest = max(highest, _memory(process))

    sampling = threading.Thread(target=sample)
    sampling.start()
    wall, cpu = time.monotonic(), _cpu(process)

    def spent() -> Spent:
        nonlocal wall, cpu
        found = Spent(time.monotonic() - wall, _cpu(process) - cpu, highest - rest)
        wall, cpu = time.monotonic(), _cpu(process)
        return found

    try:
        yield spent
    finally:
        stop.set()
        sampling.join()


@contextmanager
def messages_server(seconds: float) -> Iterator[str]:
    """Run the Messages server; yield its address."""
    line = [sys.executable, str(ROOT / "bench" / "instantllm.py"), "--seconds", str(seconds)]
    process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        found = re.search(r"ready at (\S+)", process.stdout.readline())
        assert found is not None
        yield found[1]
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def environment(llm: str) -> dict[str, str]:
    """Return what the server is told of its model."""
    return {
        "ANTHROPIC_API_KEY": "any",
        "ACCORD_MODEL_BASE_URL": llm,
        "ACCORD_MODEL_DRAFT": "dev-llm",
    }


def get(url: str) -> Any:
    """Read JSON."""
    answer = httpx2.get(url, headers=BEARER, timeout=60)
    answer.raise_for_status()
    return answer.json()


def post(url: str, body: Any) -> Any:
    """Send JSON, read JSON."""
    answer = httpx2.post(url, json=body, headers=BEARER, timeout=60)
    if answer.status_code >= 400:
        sys.exit(f"{url}: {answer.text}")
    return answer.json()


def download(url: str) -> bytes:
    """Read bytes."""
    answer = httpx2.get(url, headers=BEARER, timeout=60)
    answer.raise_for_status()
    return answer.content


def _people(session: Any, ident: str) -> list[str]:
    found = participants.of_session(session, ident)
    return [one.id for one in sorted(found, key=lambda one: one.name != HOST)]


def _memory(process: psutil.Process) -> int:
    found = [process, *process.children(recursive=True)]
    total = 0
    for one in found:
        try:
            total += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}, "
        f"load {psutil.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
