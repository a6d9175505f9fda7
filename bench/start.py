"""
How long a first and a later start take, what a server at rest needs, how much the join page is.

    .venv/bin/python bench/start.py [--later 5]

Clones this checkout's last commit into a temporary folder and starts it there, as a newcomer would, with nothing from
pip's or uv's cache. Prints one table.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
TOKEN = "bench-facilitator-token"

#: After this without requests a server counts as being at rest.
REST_SECONDS = 10


def main() -> None:
    """Measure everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--later", type=int, default=5, help="later starts to measure (5)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="accord-start-") as folder:
        rows = list(measure(Path(folder), options.later))
    print(f"{time.strftime('%Y-%m-%d')}, commit {_commit()}, {_machine()}\n")
    print("| | measured | goal |\n|---|---|---|")
    for name, measured, goal in rows:
        print(f"| {name} | {measured} | {goal} |")


def measure(folder: Path, later: int) -> Iterator[tuple[str, str, str]]:
    """Yield the rows: what, how much, how much it may be."""
    clone = folder / "accord"
    started = time.monotonic()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    cloned = time.monotonic() - started
    with serving(clone, folder) as (_, seconds):
        yield "first start, from a fresh clone", f"{cloned + seconds:.1f} s", "3 min"

    times = []
    for _ in range(later):
        with serving(clone, folder) as (_, seconds):
            times.append(seconds)
    shown = f"{statistics.median(times):.2f} s (worst of {later}: {max(times):.2f} s)"
    yield "later start", shown, "2 s"

    with serving(clone, folder) as (url, _):
        link = make_session(url)
        server = psutil.Process(_listener(url))
        time.sleep(REST_SECONDS)
        used = [one.memory_info().rss for one in (server, *server.children(recursive=True))]
        shown = f"{sum(used) / 2**20:.0f} MiB ({len(used)} process{'es' * (len(used) > 1)})"
        yield "memory (RSS) at rest, one session", shown, "150 MiB"
        page, editor = page_sizes(url, link)
        yield "join page, gzipped", f"{page / 1000:.1f} kB", "15 kB"
        yield "editor, loaded after it, gzipped", f"{editor / 1000:.1f} kB", ""


@contextmanager
def serving(clone: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """Run `scripts/serve`; yield its address and the seconds until it printed it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    for name in ("ANTHROPIC_API_KEY", "VIRTUAL_ENV", "PYTHONPATH"):
        clean.pop(name, None)
    fresh = {"PIP_NO_CACHE_DIR": "1", "UV_NO_CACHE": "1", "ACCORD_FACILITATOR_TOKEN": TOKEN}
    with (folder / "log").open("a") as log:
        started = time.monotonic()
        process = subprocess.Popen(
            ["scripts/serve", "--port", "0", "--data", str(folder / "data")],
            cwd=clone,
            env={**clean, **fresh},
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if found := re.search(r"ready at\s+(\S+)", line):
                    yield found[1], time.monotonic() - started
                    break
            else:
                sys.exit(f"the server did not start:\n{(folder / 'log').read_text()}")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            process.stdout.close()


def make_session(url: str) -> str:
    """Make a session, give an input, let the bot work; return an invitation link."""
    bearer = {"authorization": f"Bearer {TOKEN}"}
    fields = {"title": "Rest", "question": "Who sleeps here?", "type": "other"}
    session = ask(f"{url}/api/sessions", {**fields, "stakeholders": ["a@example.org"]}, bearer)
    path = f"{url}/api/sessions/{session['id']}"
    ask(f"{path}/inputs", {"text": "The night train should come back. " * 20}, bearer)
    run = ask(f"{path}/refine", {}, bearer)
    while run["status"] in ("queued", "running"):
        time.sleep(0.2)
        run = ask(f"{path}/runs/{run['id']}", None, bearer)
    if run["status"] != "done":
        sys.exit(f"the bot's run ended as {run}")
    return str(session["invitations"][0]["link"])


def ask(url: str, body: Any, headers: dict[str, str]) -> Any:
    """Call the API."""
    data = None if body is None else json.dumps(body).encode()
    headers = {**headers, "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=30) as answer:
        return json.load(answer)


def page_sizes(url: str, link: str) -> tuple[int, int]:
    """Return the bytes of bodies on the wire: of what the join page names, and of the room's files."""
    size, page = download(link.partition("#")[0])
    html = page.decode()
    first = re.findall(r'(?:src|href)="(/static/[^"]+)"', html)
    room = re.search(r'name="room-files" content="([^"]+)"', html)
    assert first
    assert room is not None
    sizes = {path: download(url + path)[0] for path in {*first, *room[1].split()}}
    return (
        size + sum(sizes[path] for path in first),
        sum(sizes[path] for path in room[1].split() if path not in first),
    )


def download(url: str) -> tuple[int, bytes]:
    """Return the bytes that came, and what they are unpacked."""
    request = urllib.request.Request(url, headers={"accept-encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        raw = answer.read()
        packed = answer.headers["content-encoding"] == "gzip"
    return len(raw), gzip.decompress(raw) if packed else raw


def _listener(url: str) -> int:
    """Return the process that listens at an address: `scripts/serve` becomes the server itself."""
    port = int(url.rsplit(":", 1)[1])
    for one in psutil.net_connections("tcp"):
        if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port and one.pid:
            return one.pid
    sys.exit(f"nobody listens at {url}")


def _commit() -> str:
    line = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()


def _machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    load = psutil.getloadavg()[0]
    cores = psutil.cpu_count()
    python = platform.python_version()
    return f"{cores} cores, {memory:.0f} GiB, {platform.system()}, Python {python}, load {load:.1f}"


if __name__ == "__main__":
    main()
