from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from collab.document import SEED
from rooms import fuzzing
from rooms.fuzzing import Finding, Fuzzer, last_message, read_corpus
from rooms.testing import TestRoom


async def sent_by(seed: int, count: int) -> list[bytes]:
    sent: list[bytes] = []
    fuzzer = Fuzzer(seed, [SEED], sent.append)
    for _ in range(count):
        fuzzer.step()
    return sent


async def test_the_same_seed_says_the_same() -> None:
    assert await sent_by(3, 300) == await sent_by(3, 300)
    assert await sent_by(3, 20) != await sent_by(4, 20)


async def test_some_of_it_is_taken_some_denied_some_ends_the_connection() -> None:
    fuzzer = Fuzzer(1, [SEED])
    for _ in range(600):
        fuzzer.step()
    fuzzer.check_room()
    assert fuzzer.tally.messages == 600
    assert fuzzer.tally.edits > 5
    assert {"4400", "denied"} <= set(fuzzer.tally.refused)


async def test_a_message_that_costs_too_much_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzzing, "MAX_SECONDS", -1.0)
    with pytest.raises(Finding, match="took"):
        Fuzzer(1, [SEED]).step()


async def test_a_log_that_replays_to_something_else_is_a_finding() -> None:
    fuzzer = Fuzzer(1, [SEED])
    room: TestRoom = fuzzer._room
    while len(room.log.rows) < 4:
        fuzzer.step()
        room = fuzzer._room
    room.document.edit(lambda it: it.root_map("comments").update({"never": "logged"}))
    with pytest.raises(Finding, match="replays"):
        fuzzer.check_room()


def test_the_last_message_can_be_read_by_another_process(tmp_path: Path) -> None:
    path = tmp_path / "last"
    arguments = ["--seed", "5", "--seconds", "0.2", "--last", str(path)]
    subprocess.run([sys.executable, "-m", "rooms.fuzzing", *arguments], check=True, timeout=60)
    last = last_message(path)
    assert last.number > 10
    assert last.data


def test_a_corpus_is_one_update_in_hex_per_line(tmp_path: Path) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("0000\n0101\n")
    assert read_corpus(path) == [b"\0\0", b"\1\1"]
