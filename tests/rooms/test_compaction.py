from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from collab.accepted import DocumentLimits
from collab.document import Document
from rooms.compaction import Stored, build_snapshot, compact, load, read_stored, rebuild, replay
from rooms.options import RoomOptions
from store import snapshots, updatelog
from store.errors import DataDamaged
from store.models import LoggedUpdate, Snapshot
from tests.collab.peers import History, Peer, histories
from tests.rooms.test_registry import make_room, opened


def write_log(session: Session, updates: list[bytes]) -> int:
    """Make a room whose log holds these updates; return its number."""
    make_room(session)
    for update in updates:
        updatelog.append_now(session, 1, update, person="alice", via="socket")
    return 1


def typed(count: int) -> tuple[Peer, list[bytes]]:
    peer = Peer(20)
    updates = [peer.type(f"{n}é ") for n in range(count)]
    updates.append(peer.edit(lambda p: p.text.__delitem__(slice(0, 5))))
    return peer, updates


async def test_snapshot_and_tail_are_what_the_whole_log_says(tmp_path: Path) -> None:
    peer, updates = typed(120)
    async with opened(tmp_path) as database:
        room = await database.write(write_log, updates[:90])
        assert await compact(database, room, RoomOptions()) == 91
        for update in updates[90:]:
            await database.write(updatelog.append_now, room, update, person="alice", via="socket")
        stored = await database.read(read_stored, room)
        assert stored.snapshot is not None
        assert len(stored.tail) == len(updates) - 90
        whole = await database.read(updatelog.read, room)
        for document in (replay(stored), replay(Stored(None, whole, {}))):
            assert str(document.statement) == str(peer.text)
            assert document.encode() == replay(stored).encode()


@pytest.mark.parametrize("history", histories()[:6])
def test_a_real_clients_document_survives_being_encoded(history: History) -> None:
    row = updatelog.Logged(1, datetime.now(UTC), "alice", "socket", history.state)
    data = build_snapshot(Stored(None, [row], {}))
    assert str(Document(state=data).statement) == history.text


async def test_nothing_new_makes_no_snapshot(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        room = await database.write(write_log, typed(3)[1])
        assert await compact(database, room, RoomOptions()) == 5
        assert await compact(database, room, RoomOptions()) == 5


async def test_old_rows_go_when_they_are_covered_and_past_the_window(tmp_path: Path) -> None:
    peer, updates = typed(30)
    async with opened(tmp_path) as database:
        room = await database.write(write_log, updates[:10])
        old = datetime.now(UTC) - timedelta(days=8)
        await database.write(lambda s: s.execute(sql_update(LoggedUpdate).values(at=old)) and None)
        await compact(database, room, RoomOptions(keep_snapshots=1))
        assert await database.read(updatelog.read, room) == []
        for update in updates[10:]:
            await database.write(updatelog.append_now, room, update, person="alice", via="socket")
        await compact(database, room, RoomOptions(keep_snapshots=1))
        rows = await database.read(updatelog.read, room)
        assert [row.seq for row in rows] == list(range(1, len(rows) + 1)) or rows[0].seq > 11
        assert len(rows) == len(updates) - 10
        assert str(replay(await database.read(read_stored, room)).statement) == str(peer.text)


async def test_sequence_numbers_go_on_after_old_rows_went(tmp_path: Path) -> None:
    """A number given twice would make new rows look as if the snapshot held them."""
    peer, updates = typed(30)
    async with opened(tmp_path) as database:
        room = await database.write(write_log, updates[:10])
        await compact(database, room, RoomOptions(keep_snapshots=1, history_seconds=0))
        assert await database.read(updatelog.read, room) == []
        for update in updates[10:]:
            await database.write(updatelog.append_now, room, update, person="alice", via="socket")
        stored = await database.read(read_stored, room)
        assert stored.tail[0].seq == 12
        assert str(replay(stored).statement) == str(peer.text)


async def test_only_so_many_snapshots_are_kept(tmp_path: Path) -> None:
    _, updates = typed(6)
    async with opened(tmp_path) as database:
        room = await database.write(write_log, [])
        for update in updates:
            await database.write(updatelog.append_now, room, update, person="alice", via="socket")
            await compact(database, room, RoomOptions(keep_snapshots=2))
        assert await database.read(snapshots.oldest_seq, room) == len(updates)


async def test_a_log_that_cannot_be_read_makes_no_snapshot_and_loses_nothing(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as database:
        room = await database.write(write_log, [*typed(3)[1], b"\x01\x02\x03"])
        before = await database.read(updatelog.read, room)
        with pytest.raises(DataDamaged):
            await compact(database, room, RoomOptions())
        assert await database.read(updatelog.read, room) == before
        assert await database.read(snapshots.latest, room) is None
        with pytest.raises(DataDamaged):
            load(await database.read(read_stored, room), DocumentLimits())


def test_an_empty_store_is_damage_not_a_new_document() -> None:
    with pytest.raises(DataDamaged):
        load(Stored(None, [], {}), DocumentLimits())


def test_loading_gives_the_document_and_whose_the_clients_are() -> None:
    peer = Peer(20)
    peer.type("x")
    stored = Stored(snapshots.SavedState(7, peer.doc.get_update()), [], {20: "alice"})
    loaded = load(stored, DocumentLimits())
    assert (loaded.seq, loaded.snapshot_seq) == (7, 7)
    assert loaded.accepted.owner(20) == "alice"
    assert isinstance(loaded.document, Document)


async def test_a_rebuilt_room_holds_nothing_that_was_deleted_and_reads_the_same(
    tmp_path: Path,
) -> None:
    peer = Peer(20)
    updates = [peer.type("Stays. "), peer.type("Quagmire. "), peer.type("Stays too.")]
    async with opened(tmp_path) as database:
        room = await database.write(write_log, updates)
        await compact(database, room, RoomOptions())  # an old snapshot holds it as well
        at = str(peer.text).index("Quagmire")
        gone = peer.edit(lambda p: p.text.__delitem__(slice(at, at + 10)))
        await database.write(updatelog.append_now, room, gone, person="alice", via="socket")
        await compact(database, room, RoomOptions())
        before = replay(await database.read(read_stored, room))
        assert await rebuild(database, room, RoomOptions()) == 5
        assert await database.read(updatelog.read, room) == []

        def saved(session: Session) -> list[bytes]:
            return list(session.scalars(select(Snapshot.data).where(Snapshot.room_id == room)))

        (data,) = await database.read(saved)
        assert b"Quagmire" not in data
        assert replay(await database.read(read_stored, room)).same_as(before)
        await database.write(
            updatelog.append_now, room, peer.type("On."), person="alice", via="socket"
        )
        assert await database.read(updatelog.last_seq, room) == 6
        assert await rebuild(database, room, RoomOptions()) == 6
        await rebuild(database, room, RoomOptions())  # with nothing new
        assert str(replay(await database.read(read_stored, room)).statement) == str(peer.text)
