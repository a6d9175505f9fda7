"""`accord room demo`: that its lines work in Node stands in `tests/e2e/test_npm_clients.py`."""

from __future__ import annotations

from pathlib import Path

from tests.harness import TOKEN, server_process
from tests.web.commands.terminal import accord


def test_it_prints_five_lines_and_where_to_look(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        port = server.url.rsplit(":", 1)[1]
        said = accord(
            "room", "demo", "--port", port, "--minutes", "5", ACCORD_FACILITATOR_TOKEN=TOKEN
        )
    assert said.code == 0, said.err
    code = [line for line in said.out.splitlines() if not line.startswith("//")]
    assert len(code) == 5
    assert f"ws://127.0.0.1:{port}/yjs" in said.out
    assert f"{server.url}/s/" in said.out
    assert "5 minutes" in said.out
    assert TOKEN not in said.out


def test_without_a_server_it_says_to_start_it(tmp_path: Path) -> None:
    said = accord("room", "demo", "--port", "1", ACCORD_FACILITATOR_TOKEN=TOKEN)
    assert (said.code, "start it first" in said.err) == (1, True)


def test_without_a_token_it_says_where_to_get_one(tmp_path: Path) -> None:
    said = accord("room", "demo", "--port", "1", "--data", tmp_path)
    assert (said.code, "ACCORD_FACILITATOR_TOKEN" in said.err) == (2, True)
