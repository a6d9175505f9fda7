from __future__ import annotations

import asyncio

import pytest

from collab.updates import AcceptedUpdate
from rooms.edits import Edit, acknowledge, tell
from rooms.errors import NotSaved
from rooms.testing import MemoryChannel, TestRoom, person

NOTHING = AcceptedUpdate(b"\x00\x00", (), {})


async def test_who_waits_in_this_process_is_told_once_what_became_of_it() -> None:
    loop = asyncio.get_running_loop()
    kept, lost, left = (loop.create_future() for _ in range(3))
    left.cancel()
    tell([Edit(NOTHING, [], one, 0.0) for one in (kept, left)])
    tell([Edit(NOTHING, [], one, 0.0) for one in (kept, lost)], NotSaved("the disk is full"))
    assert kept.result() is None
    with pytest.raises(NotSaved):
        lost.result()


def test_who_has_gone_is_not_told() -> None:
    room = TestRoom()
    ana = room.join(MemoryChannel(), person("ana"))
    ana.closed()
    acknowledge([Edit(NOTHING, [ana], None, 0.0)])
    assert ana._saved == 0
