from __future__ import annotations

import pytest

from collab.awareness import LEFT, State, write_states
from collab.document import NOTHING, SESSION
from collab.messages import (
    KEEP_ALIVE,
    STEP1,
    STEP2,
    SYNC,
    Changes,
    awareness_message,
    permission_denied,
    read_message,
    sync_message,
)
from rooms.allowance import Rate
from rooms.connection import Connection
from rooms.errors import TooManyTabs
from rooms.options import RoomOptions
from rooms.testing import MemoryChannel, TestRoom, person, update_message
from tests.collab.peers import Peer


@pytest.fixture
def room() -> TestRoom:
    return TestRoom(
        RoomOptions(
            max_outbox_bytes=10_000, slow_seconds=30, publish_factor=0, max_frame_bytes=50_000
        )
    )


def joined(room: TestRoom, key: str, *, may_write: bool = True) -> tuple[Connection, MemoryChannel]:
    channel = MemoryChannel()
    connection = room.join(channel, person(key, may_write=may_write))
    connection.received(sync_message(STEP1, b"\x00"))
    connection.received(sync_message(STEP2, NOTHING))
    channel.take()
    return connection, channel


# -- what ends a connection, and what does not


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"", 4400),
        (b"\x63", 4400),
        (b"\x00\x02\x05\x00", 4400),
        (b"\x00\x02\x03\x01\x02\x03", 4400),
        (b"\x00\x00\x05\x80\x80\x80\x80\x01", 4400),
        (b"\x01\x01\x05", 4400),
        (update_message(b"\x00" * 60_000), 4413),
    ],
)
def test_bytes_that_are_no_message_end_this_connection_alone(
    room: TestRoom, message: bytes, code: int
) -> None:
    mallory, hostile = joined(room, "mallory")
    _, honest = joined(room, "alice")
    mallory.received(message)
    assert hostile.how_it_ended() == code
    assert honest.how_it_ended() is None
    assert list(room.connections) != []
    mallory.received(update_message(Peer(20).type("after the end")))
    room.log.commit()
    assert str(room.document.statement) == "\n"


def test_a_gap_is_answered_with_a_question_and_nothing_of_it_is_kept(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    lost = peer.type("one ")
    alice.received(update_message(peer.type("two ")))
    assert channel.take() == [sync_message(STEP1, b"\x01\x01\x01")]
    room.log.commit()
    assert len(room.log.rows) == 1
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    room.log.commit()
    assert str(room.document.statement) == "one two \n"
    assert lost


def test_a_counter_waits_for_what_is_missing(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    peer = Peer(20)
    peer.type("lost ")
    alice.received(update_message(peer.type("two ")))
    alice.received(b"\x66\x01\x02")
    room.log.commit()
    assert b"\x66\x01\x02" not in channel.take()
    # Other work that arrives meanwhile does not mend the gap.
    alice.received(update_message(Peer(21).type("aside ")))
    room.log.commit()
    assert b"\x66\x01\x02" not in channel.take()
    alice.received(sync_message(STEP2, peer.doc.get_update(b"\x01\x01\x01")))
    assert b"\x66\x01\x02" not in channel.take()
    room.log.commit()
    assert channel.take()[-1] == b"\x66\x01\x02"


def test_a_foreign_update_is_refused_with_a_reason_and_the_socket_stays(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    mine = Peer(20)
    alice.received(update_message(mine.type("mine ")))
    room.log.commit()
    channel.take()
    forged = Peer(20)
    forged.doc.apply_update(mine.doc.get_update())
    bob.received(update_message(forged.type("forged ")))
    assert channel.take() == [
        permission_denied("client id 20 belongs to somebody else in this room")
    ]
    bob.received(update_message(Peer(30).type("own ")))
    room.log.commit()
    assert channel.how_it_ended() is None
    assert sorted(str(room.document.statement).split()) == ["mine", "own"]


async def test_what_was_refused_is_never_called_saved(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    alice.received(update_message(Peer(20).type("mine ")))
    bob.received(update_message(Peer(20).type("forged ")))
    bob.received(b"\x66\x01\x01")
    bob.received(update_message(Peer(30).type("own ")))
    bob.received(b"\x66\x01\x02")
    room.log.commit()
    assert [message for message in channel.take() if message[0] == 0x66] == []


def test_a_write_to_the_servers_map_is_refused_with_a_reason(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    hack = Peer(20).edit(lambda p: p.map(SESSION).__setitem__("title", "HACK"))
    alice.received(update_message(hack))
    assert channel.take() == [permission_denied("only the server writes to 'session'")]
    assert channel.how_it_ended() is None


def test_an_observer_is_refused_updates_and_stays(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    olga, channel = joined(room, "olga", may_write=False)
    olga.received(update_message(Peer(20).type("no")))
    assert channel.take() == [permission_denied("you may read this statement, not change it")]
    peer = Peer(30)
    alice.received(update_message(peer.type("yes")))
    room.log.commit()
    assert len(channel.updates()) == 1
    olga.received(sync_message(STEP2, peer.doc.get_update()))  # all of it is known: no reproach
    assert channel.take() == []
    assert channel.how_it_ended() is None
    assert str(room.document.statement) == "yes\n"


# -- slow readers


def test_who_reads_slowly_gets_one_difference_when_they_read_again(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    replica = Peer(30, seeded=True)
    peer = Peer(20)
    channel.stuck = True
    for _ in range(60):
        alice.received(update_message(peer.type("x" * 1000 + " ")))
        room.log.commit()
    got = channel.updates()
    assert sum(map(len, got)) < 15_000
    channel.unstick()
    bob.drained()
    rest = channel.updates()
    assert len(rest) == 1
    for update in (*got, *rest):
        replica.doc.apply_update(update)
    assert str(replica.text) == str(room.document.statement) == str(peer.text)
    bob.drained()
    assert channel.take() == []


def test_who_fell_behind_before_asking_is_answered_when_they_read_again(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    peer, replica = Peer(20), Peer(30, seeded=False)
    alice.received(update_message(peer.type("before ")))
    room.log.commit()
    channel = MemoryChannel()
    bob = room.join(channel, person("bob"))
    channel.stuck = True
    alice.received(update_message(peer.type("x" * 20_000)))
    room.log.commit()
    bob.received(sync_message(STEP1, b"\x00"))
    got = channel.take()
    channel.unstick()
    bob.drained()
    (answer,) = channel.take()
    assert answer[:2] == bytes((SYNC, STEP2))
    changes = read_message(answer)
    assert isinstance(changes, Changes)
    replica.doc.apply_update(changes.update)
    assert str(replica.text) == str(peer.text)
    assert all(message[:2] != bytes((SYNC, STEP2)) for message in got)
    alice.received(update_message(peer.type("after ")))
    room.log.commit()
    assert len(channel.updates()) == 1


def test_a_bad_question_of_somebody_who_is_behind_ends_the_connection(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    channel.stuck = True
    alice.received(update_message(Peer(20).type("x" * 20_000)))
    room.log.commit()
    bob.received(sync_message(STEP1, b"\x01"))
    assert channel.how_it_ended() == 4400


def test_who_falls_behind_in_the_middle_of_a_commit_misses_nothing(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    replica, peer = Peer(30), Peer(20)
    channel.stuck = True
    alice.received(update_message(peer.type("x" * 20_000)))
    peer.type("y")
    whole = peer.doc.get_update()  # one struct, the beginning of which is known: a frame of its own
    alice.received(update_message(whole))
    room.log.commit()
    got = channel.updates()
    channel.unstick()
    bob.drained()
    for update in (*got, *channel.updates()):
        replica.doc.apply_update(update)
    assert str(replica.text) == str(peer.text)


def test_who_stays_behind_is_closed_and_may_come_back(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    _, channel = joined(room, "bob")
    channel.stuck = True
    alice.received(update_message(Peer(20).type("x" * 20_000)))
    room.log.commit()
    room.tick(room.time.now + 29)
    assert channel.how_it_ended() is None
    room.tick(room.time.now + 31)
    assert channel.how_it_ended() == 1013


def test_a_room_whose_reader_never_reads_keeps_little_for_them(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    _, channel = joined(room, "bob")
    channel.stuck = True
    peer = Peer(20)
    for _ in range(100):
        alice.received(update_message(peer.type("x" * 5_000)))
        room.log.commit()
    assert channel.buffered() < 2 * 10_000


def test_who_asks_on_without_reading_is_closed(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    alice.received(update_message(Peer(20).type("x" * 9_000)))
    room.log.commit()
    mallory, channel = joined(room, "mallory")
    channel.stuck = True
    for _ in range(100_000):
        mallory.received(b"\x66\x81\x01" + b"x" * 129)
        if channel.closed:
            break
    assert channel.how_it_ended() == 1013
    assert channel.buffered() < 40_000


# -- signs of life


def test_a_silent_connection_gets_a_sign_of_life(room: TestRoom) -> None:
    _, channel = joined(room, "alice")
    room.tick(room.time.now + 14)
    assert channel.take() == []
    room.tick(room.time.now + 15)
    assert channel.take() == [KEEP_ALIVE]


def test_closing_twice_is_closing_once(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    alice.close(4401, "expired")
    alice.close(1012, "restarting")
    alice.closed()
    assert channel.closed == (4401, "expired")
    assert list(room.connections) == []


# -- presence over a connection


async def test_who_asks_is_told_who_is_here(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    bob, channel = joined(room, "bob")
    alice.received(awareness_message(write_states([State(20, 1, b"{}")])))
    bob.received(b"\x03")
    (told,) = channel.take()
    assert b'"name":"Alice"' in told


async def test_an_id_seen_in_presence_cannot_be_squatted(room: TestRoom) -> None:
    alice, _ = joined(room, "alice")
    mallory, channel = joined(room, "mallory")
    alice.received(awareness_message(write_states([State(20, 1, b"{}")])))
    mallory.received(update_message(Peer(20).type("squatted")))
    assert channel.take() == [
        permission_denied("client id 20 belongs to somebody else in this room")
    ]
    alice.received(update_message(Peer(20).type("mine")))
    room.log.commit()
    assert str(room.document.statement) == "mine\n"


async def test_an_id_seen_in_presence_cannot_be_squatted_after_the_room_was_loaded_again(
    room: TestRoom,
) -> None:
    """y-websocket sends back what it received, also when the one it is about has just gone."""
    alice, _ = joined(room, "alice")
    bob, _ = joined(room, "bob")
    states = awareness_message(write_states([State(20, 1, b"{}")]))
    alice.received(states)
    alice.received(update_message(Peer(20).type("lost ")))
    room.log.fail()
    assert room._reloading is not None
    await room._reloading
    alice.closed()
    bob.received(states)
    again, channel = joined(room, "alice")
    again.received(update_message(Peer(20).type("mine")))
    assert channel.take() == []
    room.log.commit()
    assert str(room.document.statement) == "mine\n"


def test_bad_presence_ends_its_sender(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    alice.received(awareness_message(write_states([State(20, 1, b"[1]")])))
    assert channel.how_it_ended() == 4400


async def test_leaving_says_so(room: TestRoom) -> None:
    alice, channel = joined(room, "alice")
    alice.received(awareness_message(write_states([State(20, 1, b"{}")])))
    alice.received(awareness_message(write_states([State(20, 1, LEFT)])))
    assert len(room.presence) == 0
    assert channel.how_it_ended() is None


# -- how much one may send


async def test_who_sends_too_much_is_read_later_and_loses_nothing() -> None:
    room = TestRoom(RoomOptions(publish_factor=0, messages=Rate(10, 5)))
    connection, channel = joined(room, "alice")
    peer = Peer(20)
    for _ in range(20):
        connection.received(update_message(peer.type("x")))
    assert channel.paused == pytest.approx((2 + 20 - 5) / 10, abs=0.2)
    room.log.commit()
    assert str(room.document.statement) == "x" * 20 + "\n"
    assert connection.open


async def test_a_document_asked_for_again_and_again_costs_the_asker() -> None:
    room = TestRoom(RoomOptions(publish_factor=0, messages=Rate(10, 30)))
    connection, channel = joined(room, "alice")
    connection.received(update_message(Peer(20).type("x" * 200_000)))
    room.log.commit()
    for _ in range(10):
        connection.received(sync_message(STEP1, b"\x00"))
    assert channel.paused > 1


async def test_work_is_counted_by_the_person_and_coming_back_is_no_way_out() -> None:
    room = TestRoom(RoomOptions(publish_factor=0, work=Rate(0.25, 0.5)))
    connection, channel = joined(room, "mallory")
    room.work.cost = 0.3
    connection.received(sync_message(STEP1, b"\x00"))
    assert channel.paused == 0
    connection.received(sync_message(STEP1, b"\x00"))
    assert channel.paused == pytest.approx(0.4)
    room.work.cost = 0
    _, again = joined(room, "mallory")
    assert again.paused == pytest.approx(0.4)
    _, other = joined(room, "alice")
    assert other.paused == 0
    room.time.now += 10
    room.tick(room.time.now)
    _, later = joined(room, "mallory")
    assert later.paused == 0


async def test_one_person_has_so_many_connections_and_another_their_own() -> None:
    room = TestRoom(RoomOptions(publish_factor=0, max_person_connections=2))
    first, _ = joined(room, "alice")
    joined(room, "alice")
    with pytest.raises(TooManyTabs):
        joined(room, "alice")
    joined(room, "bob")
    first.closed()
    first.closed()
    joined(room, "alice")
    with pytest.raises(TooManyTabs):
        joined(room, "alice")
