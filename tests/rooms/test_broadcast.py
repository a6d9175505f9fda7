from __future__ import annotations

import pytest

from rooms.broadcast import Frame, Outbox
from rooms.testing import MemoryChannel


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, "8200"),
        (125, "827d"),
        (126, "827e007e"),
        (65535, "827effff"),
        (65536, "827f0000000000010000"),
    ],
)
def test_a_frame_is_one_binary_websocket_message(size: int, head: str) -> None:
    frame = Frame(b"x" * size)
    assert frame.websocket == bytes.fromhex(head) + b"x" * size
    assert len(frame) == size


def test_a_frame_is_encoded_once() -> None:
    frame = Frame(b"x")
    assert frame.websocket is frame.websocket


def test_an_outbox_tells_when_its_reader_falls_behind() -> None:
    channel = MemoryChannel(stuck=True)
    outbox = Outbox(channel, 10, 0.0)
    assert outbox.send(Frame(b"x" * 10), 1.0)
    assert not outbox.send(Frame(b"x"), 2.0)
    assert outbox.full
    assert outbox.sent_at == 2.0


def test_answers_go_out_behind_a_document_of_any_size_and_too_many_unread_ones_do_not() -> None:
    """Somebody on a slow line who joins a large document is answered; who asks on and on is not."""
    channel = MemoryChannel(stuck=True)
    outbox = Outbox(channel, 10, 0.0)
    outbox.send(Frame(b"x" * 1000), 1.0)
    assert outbox.answer(Frame(b"y" * 6), 2.0)
    assert not outbox.answer(Frame(b"y" * 6), 3.0)
    assert channel.sent == [b"x" * 1000, b"y" * 6]
    channel.unstick()
    assert outbox.answer(Frame(b"y" * 600), 4.0)
