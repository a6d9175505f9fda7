"""`ingest.worker`: what the process that reads a file has given up. What it reads: see `test_extraction`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from ingest.worker import OUT_OF_MEMORY
from tests.harness import PATIENCE
from tests.ingest.files import LIMITS, keep

_CONFINED = """
import json, os, resource, socket, sys
from ingest.limits import ExtractionLimits
from ingest.worker import _confine
_confine(ExtractionLimits(memory_bytes=1 << 30, cpu_seconds=9, output_bytes=1000))
try:
    socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2)
    network = "open"
except OSError:
    network = "closed"
limits = [resource.getrlimit(one)[0] for one in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE)]
print(json.dumps({"environment": sorted(os.environ), "limits": limits, "network": network}))
"""


def test_it_has_no_secrets_limits_on_all_it_uses_and_no_network(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listening:
        done = subprocess.run(
            [sys.executable, "-c", _CONFINED, str(listening.getsockname()[1])],
            env={**os.environ, "ANTHROPIC_API_KEY": "sk-secret", "ACCORD_FACILITATOR_TOKEN": "t"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["environment"]) <= {"PATH", "LANG", "LC_ALL", "TMPDIR", "HOME", "LC_CTYPE"}
    assert found["limits"] == [1 << 30, 9, 1000]
    if os.geteuid() == 0:  # who is not root may be refused a network of their own
        assert found["network"] == "closed"


def _run(folder: Path, path: Path, **limits: Any) -> tuple[int, str, Path]:
    result = folder / "result.json"
    request = {
        "path": str(path),
        "name": path.name,
        "result": str(result),
        "limits": asdict(replace(LIMITS, **limits)),
    }
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ingest.worker"],
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=2 * PATIENCE,
    )
    return done.returncode, done.stdout, result


def test_it_tells_its_progress_and_writes_what_it_found(tmp_path: Path) -> None:
    from tests.ingest.files import line, pdf

    path = keep(tmp_path, "a.pdf", pdf(line("Hello"), pages=4))
    code, told, result = _run(tmp_path, path)
    assert (code, told.split()) == (0, ["25", "50", "75", "100"])
    assert json.loads(result.read_text())["extraction"]["text"].split() == ["Hello"] * 4


def test_a_refusal_is_written_as_a_word_and_a_sentence(tmp_path: Path) -> None:
    code, _, result = _run(tmp_path, keep(tmp_path, "a.txt", b""))
    assert code == 0
    assert json.loads(result.read_text())["error"] == "empty"


def test_too_little_memory_has_an_exit_code_of_its_own(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.txt", b"word " * 40_000_000)
    code, _, _ = _run(tmp_path, path, memory_bytes=300 * 1024**2)
    assert code == OUT_OF_MEMORY


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux who lives")
def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """A server that is killed leaves nothing behind."""
    fifo = tmp_path / "never.txt"
    os.mkfifo(fifo)  # opening it waits for ever
    request = {
        "path": str(fifo),
        "name": "a",
        "result": str(tmp_path / "r"),
        "limits": asdict(LIMITS),
    }
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-P', '-m', 'ingest.worker'], stdin=subprocess.PIPE)\n"
        "p.stdin.write(sys.argv[1].encode() + b'\\n'); p.stdin.flush()\n"
        "print(p.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps(request)], stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        _wait(lambda: _sleeps_on(worker, fifo))
        parent.kill()
    _wait(lambda: not _lives(worker))


def _sleeps_on(pid: int, fifo: Path) -> bool:
    """Whether a process has got so far that it wants to open the file: its limits are set by then."""
    return "1000" in Path(f"/proc/{pid}/oom_score_adj").read_text()


def _lives(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def _wait(condition: object) -> None:
    import time

    assert callable(condition)
    end = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
