"""`web.datafolder`: one server per folder, and what is made in it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store import migrations
from web import datafolder

_HOLDS = """
import sys
from pathlib import Path
from web import datafolder
with datafolder.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_it_is_made_with_its_parents_for_its_owner_only(tmp_path: Path) -> None:
    with datafolder.locked(tmp_path / "a" / "b"):
        assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_it_is_one_servers_until_its_process_ends_however_that_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLDS, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with (
            pytest.raises(datafolder.FolderInUse, match="another Accord works on"),
            datafolder.locked(tmp_path),
        ):
            pass
        other.kill()
    with datafolder.locked(tmp_path):
        pass


def test_it_is_migrated_once(tmp_path: Path) -> None:
    assert datafolder.migrate(tmp_path)
    assert not datafolder.migrate(tmp_path)
    newest = migrations.newest_revision()
    assert migrations.current_revision(tmp_path / "accord.db") == newest


def test_the_first_facilitators_token_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    token = datafolder.facilitator_token(tmp_path)
    assert len(token) >= 43
    assert datafolder.facilitator_token(tmp_path) == token
    path = tmp_path / datafolder.TOKEN_FILE
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
