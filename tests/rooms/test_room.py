from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from collab import positions
from collab.accepted import DocumentLimits
from collab.document import NOTHING, SEED, Document
from collab.errors import CollabError, Frozen, ServerOnly
from collab.messages import STEP1, STEP2, sync_message
from collab.origins import SERVER, Origin, Via
from rooms.connection import Connection
from rooms.errors import NothingChanged, NotSaved, RoomClosed, RoomFull
from rooms.loaded import Loaded
from rooms.options import RoomOptions
from rooms.testing import MemoryChannel, TestRoom, person, update_message
from tests.collab.peers import Peer

BOT = Origin("bot", Via.BOT)


@pytest.fixture
def room() -> TestRoom:
    return TestRoom()


def joined(room: TestRoom, key: str) -> tuple[Connection, MemoryChannel]:
    channel = MemoryChannel()
    connection = room.join(channel, person(key))
    connection.received(sync_message(STEP1, b"\x00"))
    connection.received(sync_message(STEP2, NOTHING))
    channel.take()
    return connection, channel


def insert(words: str, at: int = 0) -> Callable[[Document], None]:
    return lambda document: positions.insert(document.statement, at, words)


def text(room: TestRoom) -> str:
    return str(room.document.statement)


# -- the order of things


async def test_an_edit_is_on_disk_before_anybody_is_shown_it(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    _, bob = joined(room, "bob")
    update = Peer(20).type("hello")
    alice.received(update_message(update))
    assert bob.updates() == []
    assert text(room) == "\n"
    room.log.commit()
    assert room.log.rows[-1].data == update
    assert bob.updates() == [update]
    assert text(room) == "hello\n"


async def test_the_author_gets_the_echo_after_the_commit(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    update = Peer(20).type("hello")
    alice.received(update_message(update))
    assert channel.updates() == []
    room.log.commit()
    assert channel.updates() == [update]


async def test_a_counter_comes_back_when_everything_before_it_is_on_disk(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    alice.received(update_message(Peer(20).type("hello")))
    alice.received(b"\x66\x01\x01")
    assert b"\x66\x01\x01" not in channel.take()
    room.log.commit()
    assert channel.take()[-1] == b"\x66\x01\x01"
    alice.received(b"\x66\x01\x02")
    assert channel.take() == [b"\x66\x01\x02"]


async def test_a_counter_waits_for_an_edit_that_is_still_under_way_from_a_broken_socket(
    room: TestRoom,
) -> None:
    alice, _ = joined(room, "alice")
    update = Peer(20).type("hello")
    alice.received(update_message(update))
    again, channel = joined(room, "alice")
    again.received(sync_message(STEP2, update))
    again.received(b"\x66\x01\x01")
    assert b"\x66\x01\x01" not in channel.take()
    room.log.commit()
    assert channel.take()[-1] == b"\x66\x01\x01"


async def test_what_one_commit_keeps_is_one_frame_and_one_row_each(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, _ = joined(room, "bob")
    _, watcher = joined(room, "carol")
    peers = Peer(20), Peer(30)
    for connection, peer in zip((alice, bob), peers, strict=True):
        for word in ("one ", "two "):
            connection.received(update_message(peer.type(word)))
    room.log.commit()
    assert len(watcher.updates()) == 1
    assert [row.person for row in room.log.rows[1:]] == ["alice", "alice", "bob", "bob"]
    assert sorted(text(room).split()) == ["one", "one", "two", "two"]


async def test_the_log_is_told_when_the_next_frame_is_due() -> None:
    """The log leaves the room's edits until then: see `store.testing`."""
    room = TestRoom(RoomOptions(publish_factor=3.0, max_publish_gap_seconds=60.0))
    alice, _ = joined(room, "alice")
    _, bob = joined(room, "bob")
    peer = Peer(20)
    alice.received(update_message(peer.type("a")))
    assert room.log.due <= room.time.now
    room.time.cost = 0.5  # what looking at the clock takes
    room.log.commit()
    room.time.cost = 0.0
    assert len(bob.updates()) == 1
    assert room.log.due > room.time.now
    alice.received(update_message(peer.type("b")))
    assert room.log.due > room.time.now


async def test_an_edit_under_way_when_its_author_leaves_is_kept(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    _, bob = joined(room, "bob")
    alice.received(update_message(Peer(20).type("hello")))
    alice.closed()
    room.log.commit()
    assert text(room) == "hello\n"
    assert len(bob.updates()) == 1


async def test_who_joins_while_an_edit_is_in_commit_gets_it(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("hello")))
    _, bob = joined(room, "bob")
    room.log.commit()
    assert len(bob.updates()) == 1


async def test_a_room_that_is_written_in_for_long_is_full_only_when_its_document_is() -> None:
    """Every keystroke is some thirty bytes on its way and one in the document."""
    room = TestRoom(
        RoomOptions(publish_factor=0.0, document=DocumentLimits(max_document_bytes=4096))
    )
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    for _ in range(500):
        alice.received(update_message(peer.type("x")))
        room.log.commit()
    assert channel.how_it_ended() is None
    assert len(text(room)) == 501
    room.time.cost = 0.01
    alice.received(update_message(peer.type("x" * 3000)))
    room.log.commit()
    alice.received(update_message(peer.type("x" * 1000)))
    assert channel.how_it_ended() == 4413


async def test_measuring_a_full_document_takes_a_small_part_of_the_time() -> None:
    room = TestRoom(
        RoomOptions(publish_factor=0.0, document=DocumentLimits(max_document_bytes=4096))
    )
    alice, _ = joined(room, "alice")
    peer = Peer(20)
    alice.received(update_message(peer.type("x" * 4000)))
    room.log.commit()
    measured: list[int] = []
    room._loaded.accepted.measured = measured.append  # type: ignore[assignment, method-assign]
    room.time.cost = 0.01
    for key in ("bob", "cleo"):
        hostile, channel = joined(room, key)
        hostile.received(update_message(Peer(30).type("x" * 200)))
        assert channel.how_it_ended() == 4413
    assert len(measured) == 1
    room.time.now += 10.0
    joined(room, "eve")[0].received(update_message(Peer(30).type("x" * 200)))
    assert len(measured) == 2


# -- joining


async def test_joining_begins_with_a_question_and_is_answered_with_the_document(
    room: TestRoom,
) -> None:
    channel = MemoryChannel()
    connection = room.join(channel, person("alice"))
    assert channel.take() == [sync_message(STEP1, b"\x01\x01\x01")]
    connection.received(sync_message(STEP1, b"\x00"))
    assert channel.take() == [sync_message(STEP2, SEED)]


async def test_newcomers_share_one_encoding_until_the_next_change(room: TestRoom) -> None:
    first = room.difference(STEP2, b"\x00")
    assert room.difference(STEP2, b"\x00") is first
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x")))
    room.log.commit()
    assert room.difference(STEP2, b"\x00") is not first


async def test_a_full_room_takes_nobody_more() -> None:
    room = TestRoom(RoomOptions(max_connections=1))
    joined(room, "alice")
    with pytest.raises(RoomFull):
        joined(room, "bob")


async def test_a_closed_room_takes_nobody_and_has_let_its_document_go(room: TestRoom) -> None:
    _, channel = joined(room, "alice")
    room.close(1012, "restarting")
    assert channel.closed == (1012, "restarting")
    assert not room.open
    with pytest.raises(RoomClosed):
        room.join(MemoryChannel(), person("bob"))
    with pytest.raises(RoomClosed):
        room.join_direct(person("bot"), BOT, 3)
    assert not hasattr(room, "_loaded")


async def test_who_waits_for_an_edit_of_a_room_that_is_closed_is_told(room: TestRoom) -> None:
    editing = asyncio.create_task(room.edit(insert("x"), BOT))
    await asyncio.sleep(0)
    room.close(1012, "restarting")
    room.close(1012, "restarting")
    room.log.commit()
    with pytest.raises(RoomClosed):
        await editing
    with pytest.raises(RoomClosed):
        await room.edit(insert("y"), BOT)


async def test_a_room_that_is_closed_while_it_is_loaded_again_stays_closed(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x")))
    room.log.fail()
    editing = asyncio.create_task(room.edit(insert("y"), BOT))
    await asyncio.sleep(0)
    room.close(1012, "restarting")
    with pytest.raises(RoomClosed):
        await editing
    assert not hasattr(room, "_loaded")


# -- edits of this process


async def test_an_edit_of_the_server_builds_on_what_is_still_in_commit(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("hello")))
    editing = asyncio.create_task(room.edit(insert("Oh, "), BOT))
    await asyncio.sleep(0)
    room.log.commit()
    await editing
    assert text(room) == "Oh, hello\n"


async def test_edits_of_the_server_follow_each_other(room: TestRoom) -> None:
    editing = [asyncio.create_task(room.edit(insert(word), BOT)) for word in ("c", "b", "a")]
    await asyncio.sleep(0)
    room.log.commit()
    await asyncio.gather(*editing)
    assert text(room) == "abc\n"


async def test_typing_between_two_edits_of_the_server_is_seen_by_the_second(room: TestRoom) -> None:
    participant = room.join_direct(person("bot"), BOT, 3)
    alice, _ = joined(room, "alice")
    peer = Peer(20)
    first = asyncio.create_task(participant.edit(insert("1 ")))
    await asyncio.sleep(0)
    alice.received(update_message(peer.type("typed ", at=0)))
    seen: list[str] = []

    def look_and_insert(document: Document) -> None:
        seen.append(str(document.statement))
        insert("2 ")(document)

    second = asyncio.create_task(participant.edit(look_and_insert))
    await asyncio.sleep(0)
    room.log.commit()
    await asyncio.gather(first, second)
    assert "typed " in seen[0]
    assert sorted(text(room).split()) == ["1", "2", "typed"]


async def test_a_change_that_fails_half_way_leaves_nothing_behind(room: TestRoom) -> None:
    def change(document: Document) -> None:
        insert("half")(document)
        raise CollabError("no")

    with pytest.raises(CollabError):
        await room.edit(change, BOT)
    editing = asyncio.create_task(room.edit(insert("whole"), BOT))
    await asyncio.sleep(0)
    room.log.commit()
    await editing
    assert text(room) == "whole\n"


async def test_the_bot_may_not_write_what_only_the_server_writes(room: TestRoom) -> None:
    def change(document: Document) -> None:
        document.root_map("session")["title"] = "x"

    with pytest.raises(ServerOnly):
        await room.edit(change, BOT)
    editing = asyncio.create_task(room.edit(change, SERVER))
    await asyncio.sleep(0)
    room.log.commit()
    await editing


async def test_an_edit_that_changes_nothing_is_no_edit(room: TestRoom) -> None:
    await room.edit(lambda _: None, BOT)
    with pytest.raises(NothingChanged):
        await room.edit(lambda _: None, BOT, lambda _: None)
    assert len(room.log.rows) == 1


# -- failing


async def test_what_could_not_be_saved_is_shown_to_nobody_and_asked_for_again(
    room: TestRoom,
) -> None:
    alice, channel = joined(room, "alice")
    _, bob = joined(room, "bob")
    peer = Peer(20)
    alice.received(update_message(peer.type("hello")))
    alice.received(b"\x66\x01\x01")
    room.log.fail()
    await reloaded(room)
    assert bob.updates() == []
    assert text(room) == "\n"
    assert channel.take() == [sync_message(STEP1, b"\x01\x01\x01")]
    # The client answers as every Yjs client does; now it is kept, and only now the counter comes back.
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    assert b"\x66\x01\x01" not in channel.take()
    room.log.commit()
    assert channel.take()[-1] == b"\x66\x01\x01"
    assert text(room) == "hello\n"


async def test_what_was_accepted_after_a_failed_edit_falls_with_it(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    for word in ("one ", "two ", "three "):
        alice.received(update_message(peer.type(word)))
    room.log.fail(1)
    await reloaded(room)
    room.log.commit()
    assert len(room.log.rows) == 1
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    room.log.commit()
    assert text(room) == str(peer.text) == "one two three \n"
    assert channel.closed is None


async def test_an_edit_of_the_server_that_could_not_be_saved_says_so(room: TestRoom) -> None:
    editing = asyncio.create_task(room.edit(insert("x"), BOT))
    await asyncio.sleep(0)
    room.log.fail()
    with pytest.raises(NotSaved):
        await editing
    await reloaded(room)
    again = asyncio.create_task(room.edit(insert("x"), BOT))
    await asyncio.sleep(0)
    room.log.commit()
    await again
    assert text(room) == "x\n"


async def test_who_stops_waiting_for_a_room_to_be_loaded_again_does_not_stop_it(
    room: TestRoom,
) -> None:
    load, may_load = room._load, asyncio.Event()

    async def load_later() -> Loaded:
        await may_load.wait()
        return await load()

    room._load = load_later
    alice, channel = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x")))
    room.log.fail()
    editing = asyncio.create_task(room.edit(insert("y"), BOT))
    await asyncio.sleep(0)
    editing.cancel()
    await asyncio.sleep(0)
    may_load.set()
    await reloaded(room)
    assert channel.how_it_ended() is None
    again = asyncio.create_task(room.edit(insert("z"), BOT))
    await asyncio.sleep(0)
    room.log.commit()
    await again
    assert text(room) == "z\n"


async def test_an_edit_of_the_server_outlives_a_document_that_broke(room: TestRoom) -> None:
    room.document._broken = True
    editing = asyncio.create_task(room.edit(insert("x"), BOT))
    await asyncio.sleep(0)
    await reloaded(room)
    await asyncio.sleep(0)
    room.log.commit()
    await editing
    assert text(room) == "x\n"


async def test_while_a_room_is_loaded_again_edits_are_turned_away_not_lost(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    alice.received(update_message(peer.type("one ")))
    room.log.fail()
    alice.received(update_message(peer.type("two ")))
    await reloaded(room)
    assert channel.closed is None
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    room.log.commit()
    assert text(room) == "one two \n"


async def test_what_is_turned_away_while_a_room_is_loaded_again_is_not_called_saved(
    room: TestRoom,
) -> None:
    alice, channel = joined(room, "alice")
    bob, _ = joined(room, "bob")
    bob.received(update_message(Peer(30).type("x")))
    room.log.fail()
    peer = Peer(20)
    alice.received(update_message(peer.type("two ")))
    alice.received(b"\x66\x01\x01")
    await reloaded(room)
    assert b"\x66\x01\x01" not in channel.take()
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    assert b"\x66\x01\x01" not in channel.take()
    room.log.commit()
    assert channel.take()[-1] == b"\x66\x01\x01"


async def test_what_is_found_on_disk_when_a_room_is_loaded_again_is_shown(room: TestRoom) -> None:
    """The commit went through, its answer did not."""
    alice, _ = joined(room, "alice")
    _, bob = joined(room, "bob")
    update = Peer(20).type("hello")
    alice.received(update_message(update))
    room.log.rows += [entry for entry, _ in room.log._waiting]
    room.log.fail()
    await reloaded(room)
    seen = Peer(30)
    for one in bob.updates():
        seen.doc.apply_update(one)
    assert str(seen.text) == "hello\n"


async def test_an_edit_of_the_server_that_is_found_on_disk_is_saved(room: TestRoom) -> None:
    """The commit went through, its answer did not."""
    editing = asyncio.create_task(room.edit(insert("x"), BOT))
    await asyncio.sleep(0)
    room.log.rows += [entry for entry, _ in room.log._waiting]
    room.log.fail()
    await editing
    assert text(room) == "x\n"


async def test_a_room_that_cannot_be_loaded_again_sends_everybody_away(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x")))
    room.log.rows.append(room.log.rows[0].__class__("x", "socket", b"\x01\x02\x03"))
    room.log.fail()
    await asyncio.sleep(0.01)
    assert channel.how_it_ended() == 4500
    assert not room.open


async def reloaded(room: TestRoom) -> None:
    """Wait until the room is loaded again."""
    if room._reloading is not None:
        await room._reloading


# -- care


async def test_a_room_is_idle_only_when_nobody_is_in_and_nothing_is_under_way(
    room: TestRoom,
) -> None:
    room.time.now += 50
    assert room.idle_for(room.time.now) == 50
    alice, _ = joined(room, "alice")
    assert room.idle_for(room.time.now) == 0
    alice.received(update_message(Peer(20).type("x")))
    alice.closed()
    room.time.now += 5
    assert room.idle_for(room.time.now) == 0
    room.log.commit()
    assert room.idle_for(room.time.now) == 5


async def test_it_knows_how_far_it_is_from_its_snapshot(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x")))
    room.log.commit()
    assert (room.seq, room.updates_since_snapshot) == (2, 2)
    room.snapshot_taken(2)
    room.snapshot_taken(1)
    assert room.updates_since_snapshot == 0


# -- a frozen statement


async def test_a_frozen_room_takes_no_edit_of_people_and_says_why(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    alice.received(update_message(peer.type("hello")))
    room.freeze()  # what was admitted comes through
    alice.received(update_message(peer.type(" you")))
    room.log.commit()
    assert text(room) == "hello\n"
    assert any(b"frozen" in message for message in channel.take())
    assert alice.open
    with pytest.raises(Frozen):
        await room.edit(insert("x"), Origin("alice", Via.DECISION))
    assert len(room.log.rows) == 2


async def test_who_comes_to_a_frozen_room_with_nothing_new_is_welcome(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    update = Peer(20).type("hello")
    alice.received(update_message(update))
    room.log.commit()
    room.freeze()
    bob, channel = joined(room, "bob")
    bob.received(update_message(update))
    assert not any(b"frozen" in message for message in channel.take())


async def test_the_server_still_writes_into_a_frozen_room(room: TestRoom) -> None:
    room.freeze()
    editing = asyncio.ensure_future(
        room.edit(
            lambda document: document.root_map("session").update({"phase": "deciding"}), SERVER
        )
    )
    await asyncio.sleep(0)
    room.log.commit()
    await editing
    assert room.document.root_map("session").to_py() == {"phase": "deciding"}


async def test_after_thawing_nothing_that_was_written_meanwhile_is_lost(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    room.freeze()
    alice.received(update_message(peer.type("one ")))
    room.thaw()
    channel.take()
    alice.received(update_message(peer.type("two")))
    assert channel.questions() == 1  # the gap shows, and is asked for
    alice.received(sync_message(STEP2, peer.doc.get_update()))
    room.log.commit()
    assert text(room) == str(peer.text)
    assert "one" in text(room)
