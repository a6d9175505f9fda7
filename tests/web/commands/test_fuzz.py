"""`accord fuzz`: a minute of it finds nothing, and what there is to find it finds."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.collab.peers import histories
from tests.rooms.poison import DEEP
from web.commands import fuzz

#: Seconds of fuzzing, and where it begins: another place every time it is not said.
SECONDS = float(os.environ.get("ACCORD_TEST_FUZZ_SECONDS", "60"))
SEED = os.environ.get("ACCORD_TEST_SEED")

BLIND = (sys.executable, str(Path(__file__).parent / "blind_fuzzer.py"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Updates that Yjs made, and their sums."""
    path = tmp_path_factory.mktemp("corpus") / "updates.txt"
    found = [data for one in histories() for data in (*one.updates, one.state)]
    path.write_text("\n".join(data.hex() for data in found))
    return path


@pytest.mark.timeout(max(120, SECONDS * 2 + 60))
def test_a_minute_of_hostile_messages_finds_nothing(
    corpus: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(SEED) if SEED is not None and SEED.isdigit() else None
    found = fuzz.run(minutes=SECONDS / 60, seed=seed, corpus=corpus)
    said = capsys.readouterr().out
    assert found == 0, said
    messages = int(said.split()[0])
    assert messages > SECONDS * 100, f"too few messages to prove anything: {said}"
    assert "4400" in said
    assert "denied" in said


def test_what_breaks_a_room_is_found(monkeypatch: pytest.MonkeyPatch, corpus: Path) -> None:
    monkeypatch.setattr(fuzz, "FUZZER", BLIND)
    report = fuzz.shift(1, 30, corpus)
    assert report.finding is not None


def test_what_ends_the_process_is_found_with_its_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "deep.txt").write_text(DEEP.hex())
    monkeypatch.setattr(fuzz, "FUZZER", (*BLIND, "--only-corpus"))
    assert fuzz.run(minutes=0.5, seed=7, corpus=tmp_path / "deep.txt") == 1
    said = capsys.readouterr().out
    assert "ends the process (exit -11)" in said
    assert DEEP.hex()[-400:] in said
    assert "accord fuzz --seed 7" in said


def test_what_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, corpus: Path) -> None:
    monkeypatch.setattr(fuzz, "FUZZER", (*BLIND, "--hang"))
    monkeypatch.setattr(fuzz, "_PATIENCE_SECONDS", 3.0)
    report = fuzz.shift(1, 0.1, corpus)
    assert report.finding == "a message hangs the process"


def test_a_corpus_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.run(minutes=1, seed=None, corpus=Path("/nowhere")) == 2
    assert "/nowhere" in capsys.readouterr().err
