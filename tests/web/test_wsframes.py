"""Frames cut here are the frames websockets' own parser finds, however the bytes come."""

from __future__ import annotations

import random

import pytest
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from web.wsframes import SLICE_BYTES, Frames

LIMIT = 100_000


def client() -> ClientProtocol:
    """A client whose handshake is behind it."""
    return ClientProtocol(parse_uri("ws://localhost/"), state=State.OPEN, max_size=None)


def taken(frames: Frames, data: bytes) -> list[tuple[bytes, bool]]:
    frames.add(data)
    found = []
    while (one := frames.take()) is not None:
        found.append(one)
    return found


def messages(pieces: list[bytes]) -> list[bytes]:
    """What frames give when the rest goes to the real parser, as in `web.wsprotocol`."""
    frames, parser = Frames(LIMIT), ServerProtocol(state=State.OPEN, max_size=LIMIT)
    found, parts = [], b""
    for piece in pieces:
        for data, plain in taken(frames, piece):
            if plain:
                found.append(data)
                continue
            parser.receive_data(data)
            assert parser.parser_exc is None
            for event in parser.events_received():
                assert isinstance(event, Frame)
                if event.opcode in (Opcode.BINARY, Opcode.CONT):
                    parts += bytes(event.data)
                    if event.fin:
                        found.append(parts)
                        parts = b""
    return found


def conversation(rng: random.Random) -> tuple[list[bytes], bytes]:
    """Messages of all sizes, some in fragments, pings between them; and their bytes."""
    protocol, sent = client(), []
    for size in (0, 1, 125, 126, 127, 5000, 65535, 65536, 40_000, 3):
        message = rng.randbytes(size)
        sent.append(message)
        if rng.random() < 0.5:
            protocol.send_binary(message)
        else:
            cut = rng.randrange(size + 1)
            protocol.send_binary(message[:cut], fin=False)
            protocol.send_ping(b"between")
            protocol.send_continuation(message[cut:], fin=True)
        protocol.send_pong(b"")
    return sent, b"".join(protocol.data_to_send())


@pytest.mark.parametrize("seed", range(20))
def test_messages_come_out_as_they_were_sent_however_they_are_cut(seed: int) -> None:
    rng = random.Random(seed)
    sent, data = conversation(rng)
    pieces = []
    while data:
        size = rng.choice((1, 2, 3, 7, 100, 70_000))
        pieces.append(data[:size])
        data = data[size:]
    assert messages(pieces) == sent


def test_a_frame_in_single_bytes_is_one_message() -> None:
    protocol = client()
    protocol.send_binary(b"hello")
    data = b"".join(protocol.data_to_send())
    frames = Frames(LIMIT)
    assert [taken(frames, data[at : at + 1]) for at in range(len(data))][-1] == [(b"hello", True)]


@pytest.mark.parametrize(
    "strange",
    [
        b"\x82\x05hello",  # not masked
        b"\xc2\x85\0\0\0\0hello",  # an extension nobody agreed on
        b"\x82\xff" + (LIMIT + 1).to_bytes(8, "big") + b"\0\0\0\0",  # too much
    ],
)
def test_what_is_strange_goes_to_the_parser_with_all_that_follows(strange: bytes) -> None:
    protocol = client()
    protocol.send_binary(b"before")
    data = b"".join(protocol.data_to_send())
    frames = Frames(LIMIT)
    assert taken(frames, data + strange) == [(b"before", True), (strange, False)]
    assert frames.strange
    assert taken(frames, data) == [(data, False)]


def test_what_is_strange_comes_in_pieces() -> None:
    frames = Frames(LIMIT)
    frames.strange = True
    found = taken(frames, b"x" * (SLICE_BYTES + 1))
    assert [len(data) for data, _ in found] == [SLICE_BYTES, 1]
