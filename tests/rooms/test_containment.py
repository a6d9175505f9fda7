"""Poison in the log: what the engine dies of is found, set aside, and the room lives on."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collab.accepted import Accepted
from collab.document import SEED
from collab.errors import DocumentBroken
from collab.messages import STEP2, sync_message
from collab.updates import AcceptedUpdate
from rooms import containment
from rooms.compaction import Stored, read_stored
from rooms.containment import contain, find_culprits
from rooms.errors import RoomLoading
from rooms.journal import Journal
from rooms.registry import Registry
from rooms.testing import MemoryChannel, person, update_message
from store import quarantine, updatelog
from store.database import Database
from store.errors import DataDamaged
from store.snapshots import SavedState
from store.updatelog import Logged
from tests.collab.peers import Peer
from tests.harness import PATIENCE
from tests.rooms.poison import DEEP, SELF_PARENT, UNREADABLE
from tests.rooms.test_registry import make_room, opened


def stored(*updates: bytes, snapshot: bytes | None = None) -> Stored:
    rows = [
        Logged(seq, datetime.now(UTC), f"person {seq}", "socket", data)
        for seq, data in enumerate((SEED, *updates), start=1)
    ]
    return Stored(SavedState(0, snapshot) if snapshot else None, rows, {})


async def test_a_healthy_room_has_no_culprits() -> None:
    peer = Peer(20)
    assert await find_culprits(stored(peer.type("one "), peer.type("two "))) == []


@pytest.mark.parametrize("poison", [DEEP, SELF_PARENT], ids=["K1", "K5"])
async def test_the_poison_is_found_and_nothing_else(poison: bytes) -> None:
    peer = Peer(20)
    found = await find_culprits(stored(peer.type("one "), poison, peer.type("two ")))
    assert [(culprit.seq, culprit.follows) for culprit in found] == [(3, False)]


async def test_what_builds_on_it_goes_with_it_and_the_rest_stays() -> None:
    bad, good = Peer(0x37), Peer(21)
    bad.doc.apply_update(UNREADABLE)
    rows = stored(UNREADABLE, good.type("one "), bad.type("two "), good.type("three "))
    found = await find_culprits(rows)
    assert [(culprit.seq, culprit.follows) for culprit in found] == [(2, False), (4, True)]


async def test_what_ends_the_process_is_blamed_when_it_is_met_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The strict reader knows every poison we know, so this trial goes without it: the engine really dies."""
    blind = (sys.executable, str(Path(__file__).parent / "blind_trial.py"))
    monkeypatch.setattr(containment, "TRIAL", blind)
    peer = Peer(20)
    (found,) = await find_culprits(stored(peer.type("one "), DEEP, peer.type("two ")))
    assert found.seq == 3
    assert "ends the process" in found.why


async def test_what_cannot_be_read_back_is_found_by_halving() -> None:
    peer = Peer(20)
    words = [peer.type(f"{n} ") for n in range(12)]
    (found,) = await find_culprits(stored(*words[:7], UNREADABLE, *words[7:]))
    assert found.seq == 9
    assert found.clients == (0x37,)
    assert "read" in found.why


async def test_a_snapshot_that_fails_is_damage_not_an_empty_room() -> None:
    with pytest.raises(DataDamaged):
        await find_culprits(stored(snapshot=SELF_PARENT))


async def test_a_trial_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = "print('row 2', flush=True)\nwhile True: pass"
    monkeypatch.setattr(containment, "TRIAL", (sys.executable, "-c", hangs))
    monkeypatch.setattr(containment, "PATIENCE", 0.5)
    monkeypatch.setattr(containment, "MAX_TRIALS", 2)
    with pytest.raises(DataDamaged):
        await find_culprits(stored(Peer(20).type("one ")))


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the room tells nobody
            await asyncio.sleep(0.01)


async def poisoned(tmp_path: Path, *updates: tuple[str, bytes]) -> str:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        for who, data in updates:
            await database.write(updatelog.append_now, 1, data, person=who, via="socket")
    return address


@asynccontextmanager
async def running(database: Database, folder: Path) -> AsyncIterator[Registry]:
    with Journal(folder / "at-work") as journal:
        async with Registry(database, journal=journal) as registry:
            yield registry


async def test_a_room_with_poison_in_its_log_opens_without_it(tmp_path: Path) -> None:
    peer = Peer(20)
    words = peer.type("kept")
    address = await poisoned(tmp_path, ("ana", words), ("mallory", SELF_PARENT))
    async with opened(tmp_path) as database:
        async with Registry(database) as bare:
            with pytest.raises(DataDamaged):
                await bare.open(address)
        async with running(database, tmp_path) as registry:
            room = await registry.open(address)
            assert str(room.document.statement) == "kept\n"
            (row,) = await database.read(quarantine.everything)
            assert (row.person, row.data) == ("mallory", SELF_PARENT)
            channel = MemoryChannel()
            connection = room.join(channel, person("ana"))
            channel.take()
            connection.received(update_message(peer.type(" and more")))
            await channel.next_updates()
            assert (await database.read(read_stored, 1)).seq == 4  # 3 is in quarantine


async def test_nothing_to_find_sets_nothing_aside(tmp_path: Path) -> None:
    await poisoned(tmp_path, ("ana", Peer(20).type("fine")))
    async with opened(tmp_path) as database:
        assert await contain(database, 1) == []
        assert await database.read(quarantine.everything) == []


async def test_who_breaks_a_live_document_is_sent_away_and_the_others_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poison that no check knows: let through once, the engine really panics."""
    address = await poisoned(tmp_path)
    async with opened(tmp_path) as database, running(database, tmp_path) as registry:
        room = await registry.open(address)
        ana, mallory = MemoryChannel(), MemoryChannel()
        honest, hostile = room.join(ana, person("ana")), room.join(mallory, person("mallory"))
        peer = Peer(20)
        honest.received(update_message(peer.type("before ")))
        await ana.next_updates()
        with monkeypatch.context() as patch:
            patch.setattr(
                Accepted, "admit", lambda self, data, origin: AcceptedUpdate(data, (), {})
            )
            hostile.received(update_message(SELF_PARENT))
        await eventually(lambda: mallory.how_it_ended() is not None)
        assert mallory.how_it_ended() == 4400
        assert honest.open
        honest.received(sync_message(STEP2, peer.doc.get_update()))  # what a client answers
        honest.received(update_message(peer.type("after ")))
        await eventually(lambda: str(room.document.statement) == str(peer.text))
        (row,) = await database.read(quarantine.everything)
        assert (row.person, row.data) == ("mallory", SELF_PARENT)


async def test_a_document_found_broken_while_read_is_loaded_again(tmp_path: Path) -> None:
    address = await poisoned(tmp_path, ("ana", Peer(20).type("kept")))
    async with opened(tmp_path) as database, running(database, tmp_path) as registry:
        room = await registry.open(address)
        with pytest.raises(DocumentBroken):
            room.document.apply(SELF_PARENT)
        channel = MemoryChannel()
        with pytest.raises(RoomLoading):
            room.join(channel, person("ana"))
        await eventually(lambda: not room.document.broken)
        room.join(channel, person("ana"))
        assert str(room.document.statement) == "kept\n"
