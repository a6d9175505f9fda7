from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from rooms.journal import Journal

_DIES = """
import os, sys
from pathlib import Path
from rooms.journal import Journal
with Journal(Path(sys.argv[1])) as journal:
    with journal.at_work_on(3):
        pass
    with journal.at_work_on(7):
        os._exit(9)
"""


def die(path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", _DIES, path], check=False).returncode == 9


def test_a_new_one_suspects_nobody(tmp_path: Path) -> None:
    with Journal(tmp_path / "at-work") as journal:
        assert not journal.is_suspect(7)


def test_the_room_a_process_died_on_is_suspect_until_it_was_examined(tmp_path: Path) -> None:
    path = tmp_path / "at-work"
    die(path)
    for _ in range(2):  # nobody has opened the room yet: it stays suspect over any number of starts
        with Journal(path) as journal:
            assert journal.is_suspect(7)
            assert not journal.is_suspect(3)
    with Journal(path) as journal:
        journal.clear(7)
        assert not journal.is_suspect(7)
    with Journal(path) as journal:
        assert not journal.is_suspect(7)


def test_who_fails_without_dying_is_not_suspect(tmp_path: Path) -> None:
    path = tmp_path / "at-work"
    with Journal(path) as journal:
        try:
            with journal.at_work_on(7):
                raise ValueError
        except ValueError:
            pass
    with Journal(path) as journal:
        assert not journal.is_suspect(7)


def test_work_within_work_and_more_than_fits(tmp_path: Path) -> None:
    path = tmp_path / "at-work"
    with Journal(path) as journal:
        held = [journal.at_work_on(room) for room in range(1, 101)]
        for one in held:
            one.__enter__()
        for one in held:
            one.__exit__(None, None, None)
    with Journal(path) as journal:
        assert not any(journal.is_suspect(room) for room in range(1, 101))


def test_a_torn_file_suspects_nobody_who_is_not_in_it(tmp_path: Path) -> None:
    path = tmp_path / "at-work"
    path.write_bytes(b"\x07\0\0")
    with Journal(path) as journal:
        assert journal.is_suspect(7)  # all that is left of it
        assert not journal.is_suspect(1)
