"""`accord quarantine`: see `tests/e2e/test_poison.py` for how something gets there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from store import quarantine, updatelog
from store.quarantine import Culprit
from tests.collab.peers import Peer
from tests.migrated import migrated
from tests.rooms.poison import SELF_PARENT
from tests.rooms.test_registry import make_room
from tests.web.commands.terminal import accord


@contextmanager
def writing(folder: Path) -> Iterator[Session]:
    engine = create_engine(f"sqlite:///{folder / 'accord.db'}")
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with one update in quarantine that cannot be read, and one that can."""
    migrated(tmp_path / "accord.db")
    with writing(tmp_path) as session:
        make_room(session)
        for data in (SELF_PARENT, Peer(20).type("hello")):
            updatelog.append_now(session, 1, data, person="mallory", via="socket")
        culprits = [Culprit(2, "ends the process"), Culprit(3, "builds on it", (20,))]
        quarantine.set_aside(session, 1, culprits)
    return tmp_path


def test_it_is_listed_shown_and_dropped(folder: Path) -> None:
    listed = accord("quarantine", "list", "--data", folder)
    assert listed.code == 0
    assert "by mallory  29 bytes  ends the process" in listed.out
    assert listed.out.endswith("2 updates in quarantine\n")
    unreadable = accord("quarantine", "show", "1", "--data", folder).out
    assert "what cannot be read" in unreadable
    assert SELF_PARENT.hex() in unreadable
    readable = accord("quarantine", "show", "2", "--data", folder).out
    assert "1 structs of client 20 from clock 0" in readable
    assert "20 may not write in this room" in readable
    assert accord("quarantine", "drop", "1", "--data", folder).code == 0
    assert accord("quarantine", "list", "--data", folder).out.endswith("1 updates in quarantine\n")


@pytest.mark.parametrize("action", ["show", "drop"])
def test_which_one_has_to_be_said(folder: Path, action: str) -> None:
    said = accord("quarantine", action, "--data", folder)
    assert (said.code, f"accord quarantine {action} ID" in said.err) == (2, True)
    said = accord("quarantine", action, "99", "--data", folder)
    assert (said.code, "nothing in quarantine has the number 99" in said.err) == (1, True)


def test_a_folder_without_a_database_is_said(tmp_path: Path) -> None:
    said = accord("quarantine", "list", "--data", tmp_path)
    assert (said.code, "there is no database" in said.err) == (2, True)
