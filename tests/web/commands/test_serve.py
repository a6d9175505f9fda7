"""`web.commands.serve`: what the terminal shows, and how the process ends."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness import PATIENCE, TOKEN, api, make_settings, server_process
from tests.ingest.models import make_model
from tests.web.commands.terminal import accord
from web.commands.serve import welcome


def serve(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start a server that is expected not to."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    return subprocess.run(
        [Path(sys.executable).parent / "accord", "serve", "--data", folder, *arguments],
        env={**clean, "ACCORD_FACILITATOR_TOKEN": TOKEN},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_the_first_facilitators_link_is_shown_where_it_was_made_here(tmp_path: Path) -> None:
    shown = welcome(make_settings(tmp_path), 8123, kept_here=True)
    assert f"http://127.0.0.1:8123/sign-in#{TOKEN}" in shown
    assert f"kept in {tmp_path / 'facilitator-token'}" in shown


def test_a_token_that_was_given_is_not_shown(tmp_path: Path) -> None:
    shown = welcome(make_settings(tmp_path), 8123, kept_here=False)
    assert TOKEN not in shown
    assert "the token in ACCORD_FACILITATOR_TOKEN" in shown


def test_it_says_who_can_open_it_and_what_the_bot_does(tmp_path: Path) -> None:
    here = welcome(make_settings(tmp_path), 8000, kept_here=False)
    assert "Only this machine can open it" in here
    assert "the bot quotes participants" in here
    public = make_settings(
        tmp_path, public_url="https://accord.example.org", anthropic_api_key="key"
    )
    there = welcome(public, 8000, kept_here=False)
    assert "Accord is ready at       https://accord.example.org\n" in there
    assert "Only this machine" not in there
    assert "quotes participants" not in there


def test_it_says_what_finds_by_meaning(tmp_path: Path) -> None:
    def said(**changes: Any) -> str:
        return welcome(make_settings(tmp_path, **changes), 8000, kept_here=False)

    assert "meaning" not in said()
    hosted = said(embeddings="voyage", embedding_model="v-4")
    assert "by meaning        with voyage/v-4, which gets all texts" in hosted
    make_model(tmp_path / "models" / "tiny")
    assert "ACCORD_EMBEDDINGS=local finds by meaning with it" in said()
    assert "by meaning        with tiny, on this machine" in said(embeddings="local")


def test_a_model_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    data = tmp_path / "data"
    none = accord("serve", "--data", data, ACCORD_EMBEDDINGS="local")
    assert (none.code, len(none.err.splitlines())) == (2, 1)
    assert "`accord models download` brings one" in none.err
    (data / "models" / "empty").mkdir(parents=True)
    empty = accord("serve", "--data", data, ACCORD_EMBEDDINGS="local")
    assert (empty.code, len(empty.err.splitlines())) == (2, 1)
    assert "tokenizer.json is missing" in empty.err


def test_a_model_that_cannot_be_opened_is_not_blamed_on_the_port(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (make_model(data / "models" / "tiny") / "model.onnx").write_bytes(b"nonsense")
    said = accord("serve", "--port", "0", "--data", data, ACCORD_EMBEDDINGS="local")
    assert said.code == 1
    assert said.err.splitlines()[-1] == "accord: cannot start; the lines above say why"
    assert "SettingsError: ACCORD_EMBEDDINGS: " in said.err


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = serve(tmp_path / "data", "--port", str(port))
    last = f"accord: cannot listen on 127.0.0.1:{port}; --port names another"
    assert (ended.returncode, ended.stderr.splitlines()[-1]) == (1, last)


def test_a_folder_that_another_server_has_is_left_alone(tmp_path: Path) -> None:
    with server_process(tmp_path / "data"):
        ended = serve(tmp_path / "data", "--port", "0")
    assert ended.returncode == 1
    assert "another Accord works on" in ended.stderr


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_being_told_to_stop_is_no_failure(tmp_path: Path, stop: signal.Signals) -> None:
    with server_process(tmp_path / "data") as server:
        server.process.send_signal(stop)
        assert server.process.wait(PATIENCE) == 0


def lines_of(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start a server that makes its own token; return what it says when it is ready."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    process = subprocess.Popen(
        [Path(sys.executable).parent / "accord", "serve", "--port", "0", "--data", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=clean,
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl+C" in line:
            break
    return process, said


async def test_the_first_start_prints_a_link_that_signs_in_and_the_second_the_same(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "new" / "data"
    links = []
    for _ in range(2):
        process, said = lines_of(folder)
        try:
            found = re.search(r"(http://\S+)/sign-in#(\S+)", said)
            assert found is not None, said
            links.append(found.group(2))
            async with api(found.group(1), None) as browser:
                answer = await browser.post("/api/sign-in", json={"token": found.group(2)})
                assert answer.status_code == 200
        finally:
            process.terminate()
            assert process.wait(PATIENCE) == 0
            assert process.stdout is not None
            process.stdout.close()
    assert links[0] == links[1]


async def test_what_is_kept_is_for_its_owner_only(tmp_path: Path) -> None:
    with server_process(tmp_path / "data") as server:
        async with api(server.url) as script:
            assert (await script.get("/api/sessions")).status_code == 200
        assert server.stop() == 0
    for path in (tmp_path / "data", *(tmp_path / "data").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = accord("serve", "--port", "0", "--data", tmp_path / "file" / "data")
    assert said.code == 1
    assert said.err.startswith("accord: ")
    assert "Traceback" not in said.err
