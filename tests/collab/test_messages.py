from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab import messages
from collab.errors import ProtocolError
from collab.messages import (
    Changes,
    Presence,
    QueryAwareness,
    SavedQuery,
    Step1,
    awareness_message,
    permission_denied,
    read_message,
    sync_message,
)


def test_what_y_websocket_sends_is_understood() -> None:
    # Captured from y-websocket 3.1 in Node: client 5, empty state vector, local state {}.
    assert read_message(bytes.fromhex("00000100")) == Step1(b"\x00")
    assert read_message(bytes.fromhex("0106010500027b7d")) == Presence(
        bytes.fromhex("010500027b7d")
    )
    assert read_message(b"\x00\x02\x02\x00\x00") == Changes(b"\x00\x00")
    assert read_message(b"\x00\x01\x02\x00\x00") == Changes(b"\x00\x00", answer=True)
    assert read_message(b"\x03") == QueryAwareness()
    assert read_message(bytes.fromhex("660107")) == SavedQuery(bytes.fromhex("660107"))


def test_what_is_sent_has_the_documented_bytes() -> None:
    assert sync_message(messages.STEP1, b"\x00") == bytes.fromhex("00000100")
    assert awareness_message(b"\x00") == messages.KEEP_ALIVE == bytes.fromhex("010100")
    assert permission_denied("né") == b"\x02\x00\x03n\xc3\xa9"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"\x00\x00",
        b"\x00\x00\x05\x00",
        b"\x00\x03\x00",
        b"\x00\x00\x01\x00\x00",
        b"\x01",
        b"\x02\x00\x00",
        b"\x03\x00",
        b"\x63",
        b"\x66",
    ],
)
def test_a_message_that_is_cut_unknown_or_too_long_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_message(data)


@given(st.binary(max_size=64))
def test_hostile_bytes_raise_nothing_but_protocol_errors(data: bytes) -> None:
    with suppress(ProtocolError):
        read_message(data)


def test_a_broken_message_tells_the_client_to_stay_away() -> None:
    assert 4400 <= ProtocolError.close_code < 4500
