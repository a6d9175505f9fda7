from __future__ import annotations

import pytest

from rooms.metrics import Histogram, Metrics
from rooms.testing import MemoryChannel, TestRoom, person, update_message
from tests.collab.peers import Peer


def test_a_value_falls_into_the_first_bucket_that_holds_it() -> None:
    values = Histogram((1, 2))
    for value in (0.5, 1, 1.5, 2, 99):
        values.observe(value)
    assert values.counts == [2, 2, 1]
    assert values.sum == 104


def test_a_commit_that_fails_is_counted_as_one() -> None:
    metrics = Metrics()
    metrics.committed(0.002, failed=False)
    metrics.committed(0.2, failed=True)
    assert (sum(metrics.commits.counts), metrics.failed_commits) == (2, 1)


async def test_a_room_counts_edits_deliveries_and_refusals() -> None:
    room = TestRoom()
    alice = room.join(MemoryChannel(), person("alice"))
    room.join(MemoryChannel(), person("bob"))
    olga = room.join(MemoryChannel(), person("olga", may_write=False))
    peer = Peer(20)
    alice.received(update_message(peer.type("a")))
    room.log.commit()
    room.time.now += 0.02
    alice.received(update_message(peer.type("b")))
    room.time.now += 0.02
    room.log.commit()
    olga.received(update_message(Peer(30).type("no")))
    alice.received(b"\xff")
    counted = room.metrics
    assert (counted.edits, counted.deliveries) == (2, 6)
    assert sum(counted.relays.counts) == 2
    assert counted.relays.sum == pytest.approx(0.02)
    assert counted.refusals == {"ReadOnly": 1, "4400": 1}
