from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.awareness import (
    LEFT,
    MAX_CLOCK,
    MAX_CLOCK_STEP,
    Awareness,
    State,
    read_states,
    signed,
    write_states,
)
from collab.errors import ProtocolError

states = st.lists(
    st.builds(State, st.integers(0, 2**53 - 1), st.integers(0, 2**31), st.binary(max_size=20)),
    max_size=5,
)


@given(states)
def test_states_read_back_as_they_were_written(some: list[State]) -> None:
    assert read_states(write_states(some)) == some


def test_what_y_protocols_writes_is_read() -> None:
    assert read_states(bytes.fromhex("010500027b7d")) == [State(5, 0, b"{}")]


@given(st.binary(max_size=64))
def test_hostile_bytes_raise_nothing_but_protocol_errors(data: bytes) -> None:
    try:
        read_states(data)
    except ProtocolError:
        return


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x80\x80\x80\x80\x01", b"\x00\x00"])
def test_a_cut_or_overlong_update_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_states(data)


def test_the_user_is_who_they_are_not_who_they_say() -> None:
    lie = State(
        5, 1, '{"user":{"name":"Böse","color":"#f00","admin":true},"cursor":{"a":1}}'.encode()
    )
    told = signed(lie, {"name": "Ana", "id": "p1"}, max_bytes=1000)
    assert json.loads(told.json) == {
        "user": {"color": "#f00", "name": "Ana", "id": "p1"},
        "cursor": {"a": 1},
    }
    assert (told.client, told.clock) == (5, 1)
    assert signed(State(5, 2, LEFT), {"name": "Ana"}, max_bytes=1).json == LEFT


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"7",
        b"{",
        b"\xff",
        b'{"x":NaN}',
        b'{"x":"\\ud800"}',
        b'{"a":' * 40 + b"1" + b"}" * 40,
        b" " * 2000,
    ],
)
def test_a_state_that_is_no_small_plain_object_is_refused(text: bytes) -> None:
    with pytest.raises(ProtocolError):
        signed(State(5, 1, text), {}, max_bytes=1000)


def test_a_newer_state_wins_and_an_older_or_equal_one_does_not() -> None:
    awareness = Awareness()
    assert awareness.accept(State(5, 3, b"{}"))
    assert not awareness.accept(State(5, 3, b'{"x":1}'))
    assert not awareness.accept(State(5, 2, b'{"x":1}'))
    assert awareness.accept(State(5, 4, b'{"x":1}'))
    assert awareness.states() == [State(5, 4, b'{"x":1}')]
    assert 5 in awareness
    assert len(awareness) == 1


def test_leaving_works_with_the_same_clock_and_only_once() -> None:
    awareness = Awareness()
    awareness.accept(State(5, 3, b"{}"))
    assert awareness.accept(State(5, 3, LEFT))
    assert not awareness.accept(State(5, 4, LEFT))
    assert awareness.states() == []


def test_an_echo_of_somebody_who_has_left_does_not_bring_them_back() -> None:
    awareness = Awareness()
    awareness.accept(State(5, 3, b"{}"))
    (gone,) = awareness.remove([5, 6])
    assert gone == State(5, 4, LEFT)
    assert not awareness.accept(State(5, 3, b"{}"))
    assert awareness.accept(State(5, 5, b"{}"))


def test_a_clock_that_would_lock_its_owner_out_is_refused() -> None:
    awareness = Awareness()
    awareness.accept(State(5, 3, b"{}"))
    for clock in (4 + MAX_CLOCK_STEP, MAX_CLOCK + 1, 2**53 - 1):
        with pytest.raises(ProtocolError):
            awareness.accept(State(5, clock, b"{}"))


def test_only_the_last_ones_who_left_are_remembered() -> None:
    awareness = Awareness()
    for client in range(2000):
        awareness.accept(State(client, 1, b"{}"))
        awareness.remove([client])
    assert len(awareness._left) < 1000
