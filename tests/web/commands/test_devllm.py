"""`web.commands.devllm`: the stand-in for Claude as a command."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from ai.devllm.faults import MEANINGS, Fault
from tests.harness import PATIENCE, ROOT
from web.cli import main

ASK = {"model": "dev-llm", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello?"}]}
HEADERS = {"authorization": "Bearer any", "anthropic-version": "2026-10-21"}


@contextmanager
def dev_llm(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the command on a free port; yield its address and its process."""
    accord = shutil.which("accord", path=str(Path(sys.executable).parent)) or "accord"
    process = subprocess.Popen(
        [accord, "dev-llm", "--port", "0", *options],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        shown = "".join(process.stdout.readline() for _ in range(3))
        found = re.search(r"answers at\s+(\S+)\n.*ACCORD_MODEL_BASE_URL=(\S+) ", shown)
        assert found is not None, shown
        assert found[1] == found[2]
        yield found[1], process
    finally:
        process.kill()
        process.wait(PATIENCE)
        assert process.stdout is not None
        process.stdout.close()


def test_it_answers_where_it_says_and_stops_when_told_to(tmp_path: Path) -> None:
    with dev_llm(tmp_path) as (url, process):
        assert url.startswith("http://127.0.0.1:")
        answer = httpx2.post(f"{url}/v1/messages", json=ASK, headers=HEADERS)
        assert "stand-in" in answer.json()["content"][0]["text"]
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
    assert list(tmp_path.iterdir()) == [], "it keeps nothing"


def test_it_fails_as_it_was_started_to(tmp_path: Path) -> None:
    with dev_llm(tmp_path, "--fault", "overloaded") as (url, _):
        assert httpx2.post(f"{url}/v1/messages", json=ASK, headers=HEADERS).status_code == 529


def test_a_wrong_fault_lists_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dev-llm", "--port", "0", "--fault", "explode"]) == 2
    said = capsys.readouterr().err
    assert "no fault 'explode'" in said
    assert all(fault.value in said for fault in Fault)


def test_the_page_tells_every_fault_as_it_is() -> None:
    page = (ROOT / "docs" / "dev-llm.md").read_text()
    told = [line for line in page.splitlines() if re.match(r"\| `", line)]
    assert told == [f"| `{fault.value}` | {says} |" for fault, says in MEANINGS.items()]
    assert set(MEANINGS) == set(Fault)
