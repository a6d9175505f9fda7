from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from collab.awareness import LEFT, State, read_states, write_states
from collab.errors import ProtocolError
from rooms.presence import Presence


@dataclass(frozen=True, eq=False)
class Socket:
    key: str


ANA, BEN = {"name": "Ana"}, {"name": "Ben"}


@pytest.fixture
def presence() -> Presence:
    return Presence(
        lambda person, client: client != 66 or person == "ben",
        max_state_bytes=200,
        max_clients=2,
    )


def say(client: int, clock: int, text: bytes = b"{}") -> bytes:
    return write_states([State(client, clock, text)])


def told(presence: Presence) -> dict[int, str | None]:
    """Client -> name, as the next frame tells it; None for who has left."""
    update = presence.take_changes()
    if update is None:
        return {}
    return {
        one.client: None if one.json == LEFT else json.loads(one.json)["user"]["name"]
        for one in read_states(update)
    }


def test_everybody_is_told_who_came_and_who_they_are(presence: Presence) -> None:
    presence.receive(Socket("ana"), say(20, 1, b'{"user":{"name":"Mallory"}}'), ANA)
    assert presence.changed
    assert told(presence) == {20: "Ana"}
    assert not presence.changed


def test_an_echo_is_not_even_read(presence: Presence, monkeypatch: pytest.MonkeyPatch) -> None:
    """A room of 500 gets 5,000 of them a second, of 50 states each."""
    presence.receive(Socket("ana"), say(20, 1), ANA)
    frame = presence.take_changes()
    everybody = presence.everybody()
    assert frame is not None
    assert everybody is not None
    presence.receive(Socket("eve"), say(30, 1), BEN)
    assert presence.take_changes() is not None

    def read(payload: bytes) -> list[State]:
        raise AssertionError("it was read")

    monkeypatch.setattr("rooms.presence.read_states", read)
    presence.receive(Socket("ben"), frame, BEN)
    presence.receive(Socket("ben"), everybody, BEN)
    assert not presence.changed
    with pytest.raises(AssertionError):
        presence.receive(Socket("ben"), say(20, 1, b'{"not":"told"}'), BEN)


def test_names_in_any_script_are_told_as_a_browser_echoes_them(presence: Presence) -> None:
    """`JSON.stringify` escapes none of them: only then is an echo the same bytes."""
    presence.receive(Socket("ana"), say(20, 1, '{"x":"Zoë 🌊"}'.encode()), {"name": "Ελένη"})
    update = presence.take_changes()
    assert update is not None
    assert '"x":"Zoë 🌊"'.encode() in update
    assert '"name":"Ελένη"'.encode() in update


def test_changes_between_two_frames_are_told_once(presence: Presence) -> None:
    ana = Socket("ana")
    for clock in range(1, 50):
        presence.receive(ana, say(20, clock, b'{"n":%d}' % clock), ANA)
    update = presence.take_changes()
    assert update is not None
    (state,) = read_states(update)
    assert json.loads(state.json)["n"] == 49


def test_a_newcomer_is_given_everybody(presence: Presence) -> None:
    assert presence.everybody() is None
    presence.receive(Socket("ana"), say(20, 1), ANA)
    presence.receive(Socket("ben"), say(30, 1), BEN)
    everybody = presence.everybody()
    assert everybody is not None
    assert {one.client for one in read_states(everybody)} == {20, 30}


def test_who_leaves_is_taken_out(presence: Presence) -> None:
    ana = Socket("ana")
    presence.receive(ana, say(20, 1), ANA)
    told(presence)
    presence.leave(ana)
    assert told(presence) == {20: None}
    assert presence.everybody() is None
    presence.leave(ana)
    assert told(presence) == {}


def test_the_echo_that_clients_send_back_changes_nothing(presence: Presence) -> None:
    ana, ben = Socket("ana"), Socket("ben")
    presence.receive(ana, say(20, 5), ANA)
    told(presence)
    presence.receive(ben, say(20, 5), BEN)
    presence.receive(ben, say(20, 6, LEFT), BEN)
    presence.receive(ben, say(20, 7, b'{"x":1}'), BEN)
    assert told(presence) == {}
    presence.leave(ben)
    assert told(presence) == {}


def test_the_echo_of_somebody_who_has_left_does_not_bring_them_back(presence: Presence) -> None:
    ana, ben = Socket("ana"), Socket("ben")
    presence.receive(ana, say(20, 5), ANA)
    presence.leave(ana)
    told(presence)
    presence.receive(ben, say(20, 5), BEN)
    assert told(presence) == {}


def test_a_persons_new_socket_takes_over_from_their_dead_one(presence: Presence) -> None:
    dead, alive = Socket("ana"), Socket("ana")
    presence.receive(dead, say(20, 5), ANA)
    presence.receive(alive, say(20, 5), ANA)  # an echo is no takeover
    presence.leave(alive)
    assert told(presence) == {20: "Ana"}
    presence.receive(alive, say(20, 6), ANA)
    presence.leave(dead)
    assert told(presence) == {20: "Ana"}
    presence.leave(alive)
    assert told(presence) == {20: None}


def test_an_id_that_is_somebody_elses_is_not_bound(presence: Presence) -> None:
    presence.receive(Socket("ana"), say(66, 1), ANA)
    assert told(presence) == {}
    presence.receive(Socket("ben"), say(66, 1), BEN)
    assert told(presence) == {66: "Ben"}


def test_one_connection_speaks_for_a_few_clients_only(presence: Presence) -> None:
    ana = Socket("ana")
    for client in range(20, 40):
        presence.receive(ana, say(client, 1), ANA)
    assert len(presence) == 2


@pytest.mark.parametrize("text", [b"[]", b"{", b'{"x":"' + b"y" * 300 + b'"}'])
def test_an_own_state_that_breaks_a_rule_is_an_error(presence: Presence, text: bytes) -> None:
    with pytest.raises(ProtocolError):
        presence.receive(Socket("ana"), say(20, 1, text), ANA)


def test_who_comes_back_with_a_newer_clock_is_here_again(presence: Presence) -> None:
    ana = Socket("ana")
    presence.receive(ana, say(20, 1), ANA)
    presence.receive(ana, say(20, 2, LEFT), ANA)
    assert told(presence) == {20: None}
    presence.receive(ana, say(20, 3), ANA)
    assert told(presence) == {20: "Ana"}
