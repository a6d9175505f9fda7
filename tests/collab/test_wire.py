from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab.errors import ProtocolError
from collab.wire import (
    MAX_SAFE_INTEGER,
    read_var_bytes,
    read_var_string,
    read_var_uint,
    write_var_bytes,
    write_var_string,
    write_var_uint,
)


@given(st.integers(0, MAX_SAFE_INTEGER))
def test_a_number_reads_back_as_it_was_written(number: int) -> None:
    assert read_var_uint(write_var_uint(number)) == (number, len(write_var_uint(number)))


@given(st.text())
def test_text_is_measured_in_bytes(text: str) -> None:
    assert read_var_string(write_var_string(text)) == (text, len(write_var_string(text)))


@given(st.binary(), st.binary())
def test_reading_stops_where_the_buffer_ends(first: bytes, rest: bytes) -> None:
    payload, at = read_var_bytes(write_var_bytes(first) + rest)
    assert payload == first
    assert write_var_bytes(first)[at:] == b""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\xff" * 8,
        b"\xff" * 100_000,
        b"\xff\xff\xff\xff\xff\xff\xff\x7f",
    ],
)
def test_a_number_that_is_cut_or_too_large_is_an_error(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_var_uint(data)


def test_a_buffer_shorter_than_announced_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="5 bytes announced, 2 left"):
        read_var_bytes(b"\x05ab")


def test_text_that_is_not_utf8_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        read_var_string(b"\x02\xed\xa0")


@given(st.binary(max_size=64))
def test_hostile_bytes_raise_nothing_but_protocol_errors(data: bytes) -> None:
    for read in (read_var_uint, read_var_bytes, read_var_string):
        try:
            read(data)
        except ProtocolError:
            continue
