from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy import update as sql_update
from sqlalchemy.orm import Session

from collab import positions
from collab.messages import STEP1, sync_message
from collab.origins import SERVER
from rooms.errors import RoomClosed
from rooms.options import RoomOptions
from rooms.registry import Registry, seed
from rooms.testing import Clock, MemoryChannel, person, update_message
from store import facilitators, rooms, sessions, snapshots, updatelog
from store.database import Database
from store.errors import Conflict, DataDamaged, NotFound
from store.models import LoggedUpdate, Room, Snapshot
from store.sessions import Phase, Type
from tests.collab.peers import Peer
from tests.migrated import migrated


def make_room(session: Session) -> str:
    """Make a session with its room; return the address."""
    facilitator = facilitators.ensure(session, "F", "some facilitator token")
    row = sessions.add(
        session,
        facilitator_id=facilitator.id,
        title="t" * 3,
        question="q" * 3,
        type_=Type.OTHER,
        facilitator_reads_inputs=False,
    )
    room = rooms.add(session, row.id)
    seed(session, room.id)
    return rooms.address(room)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    async with Database(migrated(folder / "accord.db")) as database:
        yield database


async def type_into(registry: Registry, address: str, peer: Peer, words: str) -> None:
    """Join, type, wait for the echo, leave."""
    room = await registry.open(address)
    channel = MemoryChannel()
    connection = room.join(channel, person("alice"))
    connection.received(sync_message(STEP1, peer.doc.get_state()))
    channel.take()
    connection.received(update_message(peer.type(words)))
    await channel.next_updates()
    connection.closed()


async def test_a_room_is_opened_once_however_many_come_at_once(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        found = await asyncio.gather(*(registry.open(address) for _ in range(50)))
        assert len(set(map(id, found))) == 1
        assert registry.rooms == [found[0]]
        assert found[0].address == address


async def test_what_is_unknown_or_of_another_epoch_is_not_opened(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        for unknown in ("", "x", "A" * 22 + ".1", address.split(".")[0], address + "0" * 20):
            with pytest.raises(NotFound):
                await registry.open(unknown)
        await database.write(lambda s: s.execute(sql_update(Room).values(epoch=2)) and None)
        with pytest.raises(Conflict, match="restored"):
            await registry.open(address)


async def test_work_is_still_there_after_everything_was_closed(tmp_path: Path) -> None:
    peer = Peer(20)
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        for words in ("Erst ", "dann 😀 "):
            async with Registry(database) as registry:
                await type_into(registry, address, peer, words)
        async with Registry(database) as registry:
            room = await registry.open(address)
            assert str(room.document.statement) == "Erst dann 😀 \n"


async def test_a_client_id_stays_its_persons_after_a_restart(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database) as registry:
            await type_into(registry, address, Peer(20), "mine")
        async with Registry(database) as registry:
            room = await registry.open(address)
            assert room._loaded.accepted.owner(20) == "alice"


async def test_an_idle_room_is_let_go_with_all_its_memory(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database, RoomOptions(idle_seconds=60), clock=clock) as registry:
            await type_into(registry, address, Peer(20), "hello")
            room = await registry.open(address)
            engine = weakref.ref(room.document._engine)
            clock.now += 59
            registry.tick()
            assert registry.rooms
            clock.now += 2
            gc.disable()
            try:
                registry.tick()
                assert registry.rooms == []
                assert engine() is None
            finally:
                gc.enable()
            again = await registry.open(address)
            assert again is not room
            assert str(again.document.statement) == "hello\n"


async def test_a_room_that_was_asked_for_is_not_let_go_before_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    is_frozen = rooms.is_frozen

    def slow(session: Session, number: int) -> bool:
        clock.now += 61
        return is_frozen(session, number)

    monkeypatch.setattr(rooms, "is_frozen", slow)
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database, RoomOptions(idle_seconds=60), clock=clock) as registry:
            room = await registry.open(address)
            registry.tick()
            await room.edit(lambda document: positions.insert(document.statement, 0, "ab"), SERVER)
            clock.now += 60
            assert await registry.open(address) is room
            clock.now += 60
            registry.tick()
            await room.edit(lambda document: positions.insert(document.statement, 0, "c"), SERVER)


async def test_letting_a_room_go_takes_a_snapshot(tmp_path: Path) -> None:
    clock = Clock()
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database, RoomOptions(idle_seconds=0), clock=clock) as registry:
            await type_into(registry, address, Peer(20), "hello")
            number = registry.rooms[0].number
            clock.now += 1
            registry.tick()
            await registry.open(address)  # waits for the snapshot
            saved = await database.read(snapshots.latest, number)
            assert saved is not None
            assert saved.seq == 2
            assert registry.rooms[0].updates_since_snapshot == 0


async def test_a_busy_room_gets_a_snapshot_every_so_many_updates(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database, RoomOptions(compact_after_updates=3)) as registry:
            room = await registry.open(address)
            channel = MemoryChannel()
            connection = room.join(channel, person("alice"))
            peer = Peer(20)
            for _ in range(4):
                connection.received(update_message(peer.type("x")))
                await channel.next_updates()
            registry.tick()
            await asyncio.gather(*registry._compacting.values())
            assert room.updates_since_snapshot < 3
            assert await database.read(snapshots.latest, room.number) is not None


async def test_a_room_that_closed_itself_is_opened_again_and_the_others_are_cared_for(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with opened(tmp_path) as database:
        address, other = [await database.write(make_room) for _ in range(2)]
        async with Registry(database, RoomOptions(idle_seconds=60), clock=clock) as registry:
            room = await registry.open(address)
            await registry.open(other)
            room.close(4500, "this document cannot be loaded")
            assert await registry.open(address) is not room
            registry.rooms[0].close(4500, "this document cannot be loaded")
            clock.now += 61
            registry.tick()
            assert registry.rooms == []


async def test_a_room_that_fails_over_its_care_does_not_take_it_from_the_others(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with opened(tmp_path) as database:
        address, other = [await database.write(make_room) for _ in range(2)]
        async with Registry(database, RoomOptions(idle_seconds=60), clock=clock) as registry:
            room = await registry.open(address)
            await registry.open(other)

            def tick(now: float) -> None:
                raise RuntimeError

            room.tick = tick  # type: ignore[method-assign]
            clock.now += 61
            registry.tick()
            assert registry.rooms == []


async def test_a_room_whose_snapshot_cannot_be_written_is_opened_all_the_same(
    tmp_path: Path,
) -> None:
    clock = Clock()
    full = "CREATE TRIGGER full BEFORE INSERT ON snapshots BEGIN SELECT RAISE(ABORT, 'full'); END"
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        await database.write(lambda session: session.execute(text(full)) and None)
        async with Registry(database, RoomOptions(idle_seconds=0), clock=clock) as registry:
            await type_into(registry, address, Peer(20), "hello")
            clock.now += 1
            registry.tick()
            assert registry._compacting
            room = await registry.open(address)
            assert str(room.document.statement) == "hello\n"


async def test_a_room_may_close_itself_while_a_snapshot_of_it_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database) as registry:
            await type_into(registry, address, Peer(20), "hello")
            room = await registry.open(address)
            registry._compact_soon(room.number)
            compacting = registry._compacting[room.number]
            room.close(4500, "this document cannot be loaded")
            assert registry.rooms == []
            await compacting
            assert await database.read(snapshots.latest, room.number) is not None


async def test_a_document_that_cannot_be_loaded_is_an_error_never_an_empty_one(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        broken = await database.write(make_room)
        await database.write(
            lambda s: s.execute(sql_update(LoggedUpdate).values(data=b"\x01\x02\x03")) and None
        )
        healthy = await database.write(make_room)
        for _ in range(2):
            with pytest.raises(DataDamaged):
                await registry.open(broken)
        assert str((await registry.open(healthy)).document.statement) == "\n"


async def test_who_stops_waiting_for_a_room_that_cannot_be_opened_leaves_no_complaint(
    tmp_path: Path,
) -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        await database.write(lambda s: s.query(LoggedUpdate).delete() and None)
        asking = asyncio.create_task(registry._open(1, address))
        await asyncio.sleep(0)
        (opening,) = registry._opening.values()
        asking.cancel()
        await asyncio.wait([asking, opening])
        del asking, opening
        gc.collect()
        assert complaints == []


async def test_a_room_without_any_update_is_an_error_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        await database.write(lambda s: s.query(LoggedUpdate).delete() and None)
        with pytest.raises(DataDamaged):
            await registry.open(address)


async def test_draining_brings_what_is_under_way_to_disk_and_sends_everybody_away(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)
        async with Registry(database) as registry:
            room = await registry.open(address)
            channel = MemoryChannel()
            connection = room.join(channel, person("alice"))
            connection.received(update_message(Peer(20).type("last words")))
            await registry.drain()
            assert channel.closed is not None
            assert channel.closed[0] == 1012
            with pytest.raises(RoomClosed):
                await registry.open(address)
        assert len(await database.read(updatelog.read, room.number)) == 2


async def test_a_room_whose_statement_is_decided_about_opens_frozen(tmp_path: Path) -> None:
    async with opened(tmp_path) as database:
        address = await database.write(make_room)

        def move(session: Session, phase: Phase) -> None:
            of = rooms.by_address(session, address).session_id
            sessions.get(session, of).phase = phase.value

        for phase in Phase:
            await database.write(move, phase)
            async with Registry(database) as registry:
                room = await registry.open(address)
                assert room.frozen is (phase in (Phase.DECIDING, Phase.AGREED))


async def test_a_room_is_rebuilt_while_people_are_in_it(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        peer = Peer(20)
        await type_into(registry, address, peer, "before ")
        room = await registry.open(address)
        rebuilding = asyncio.create_task(registry.rebuild(room.number))
        await type_into(registry, address, peer, "meanwhile ")
        await rebuilding
        await type_into(registry, address, peer, "after")
        assert room.updates_since_snapshot in (1, 2)
        assert await registry.open(address) is room
    async with Registry(database := Database(tmp_path / "accord.db")) as registry, database:
        room = await registry.open(address)
        assert str(room.document.statement) == str(peer.text)


async def test_a_snapshot_under_way_does_not_come_back_after_a_rebuilding(tmp_path: Path) -> None:
    """It read the room before: written after, it would bring back what was deleted."""
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        peer = Peer(20)
        await type_into(registry, address, peer, "Quagmire")
        room = await registry.open(address)
        registry._compact_soon(room.number)
        await type_into(registry, address, peer, " and more")
        await registry.rebuild(room.number)
        assert registry._compacting == {}

        def saved(session: Session) -> list[int]:
            return list(session.scalars(select(Snapshot.seq)))

        assert await database.read(saved) == [room.seq]


async def test_a_room_that_cannot_be_rebuilt_says_so_and_keeps_what_it_has(tmp_path: Path) -> None:
    async with opened(tmp_path) as database, Registry(database) as registry:
        address = await database.write(make_room)
        await type_into(registry, address, Peer(20), "words")
        room = await registry.open(address)
        await database.write(
            lambda s: (
                s.execute(sql_update(LoggedUpdate).where(LoggedUpdate.seq == 2).values(data=b"x"))
                and None
            )
        )
        with pytest.raises(DataDamaged):
            await registry.rebuild(room.number)
        assert len(await database.read(updatelog.read, room.number)) == 2
