"""`accord serve`: starting, saying where, stopping."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

from tests.harness import PATIENCE, api, make_settings, server_process
from tests.web.commands.terminal import accord
from web.commands.serve import welcome


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


def test_two_servers_on_one_folder_are_refused(tmp_path: Path) -> None:
    with server_process(tmp_path / "data"):
        said = accord("serve", "--port", "0", "--data", tmp_path / "data")
    assert said.code == 1
    assert "another Accord works on" in said.err


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with server_process(tmp_path / "one") as server:
        port = server.url.rsplit(":", 1)[1]
        said = accord("serve", "--port", port, "--data", tmp_path / "two")
    assert said.code == 1
    assert "address already in use" in said.err.lower()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = accord("serve", "--port", "0", "--data", tmp_path / "file" / "data")
    assert said.code == 1
    assert said.err.startswith("accord: ")
    assert "Traceback" not in said.err


def test_the_welcome_says_what_others_and_the_bot_can_do(tmp_path: Path) -> None:
    local = welcome(make_settings(tmp_path), 8000, kept_here=False)
    assert "http://127.0.0.1:8000" in local
    assert "docs/deploy.md" in local
    assert "the bot quotes participants" in local
    public = make_settings(
        tmp_path, public_url="https://accord.example.org", anthropic_api_key="sk-test-0123456789"
    )
    said = welcome(public, 8000, kept_here=False)
    assert "https://accord.example.org" in said
    assert "docs/deploy.md" not in said
    assert "the bot quotes" not in said
    assert "sk-test" not in said
