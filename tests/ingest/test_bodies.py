"""`ingest.bodies`: pieces come whole and in their order, whatever they are put into."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.bodies import Pieces


async def _each(pieces: Sequence[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@given(pieces=st.lists(st.binary(max_size=40)), sizes=st.lists(st.integers(1, 30), min_size=1))
async def test_all_of_it_comes_once_and_in_order(pieces: list[bytes], sizes: list[int]) -> None:
    body = Pieces(_each(pieces))
    came = b""
    while True:
        buffer = bytearray(sizes[len(came) % len(sizes)] + 1)
        count = await body.readinto(memoryview(buffer)[:-1])
        assert buffer[count:] == bytes(len(buffer) - count)
        if count == 0:
            break
        came += buffer[:count]
    assert came == b"".join(pieces)
    assert await body.readinto(memoryview(bytearray(1))) == 0


async def test_what_ends_the_pieces_ends_the_body_behind_what_came() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionError

    body = Pieces(broken())
    buffer = memoryview(bytearray(10))
    assert await body.readinto(buffer) == 3
    with pytest.raises(ConnectionError):
        await body.readinto(buffer[3:])
    assert bytes(buffer[:3]) == b"abc"
