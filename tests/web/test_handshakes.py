from __future__ import annotations

from rooms.allowance import Rate
from web.handshakes import Handshakes


def test_a_burst_may_come_in_and_then_one_after_the_other() -> None:
    handshakes = Handshakes(Rate(10, 60))
    assert [handshakes.wait("10.0.0.1", 5.0) for _ in range(60)] == [0] * 60
    assert round(handshakes.wait("10.0.0.1", 5.0), 3) == 0.1
    assert handshakes.wait("10.0.0.1", 5.11) == 0


def test_one_address_does_not_keep_another_out() -> None:
    handshakes = Handshakes(Rate(10, 1))
    assert handshakes.wait("10.0.0.1", 5.0) == 0
    assert handshakes.wait("10.0.0.1", 5.0) > 0
    assert handshakes.wait("10.0.0.2", 5.0) == 0


def test_who_is_refused_does_not_wait_longer_for_asking() -> None:
    handshakes = Handshakes(Rate(10, 1))
    handshakes.wait("10.0.0.1", 5.0)
    for _ in range(100):
        assert handshakes.wait("10.0.0.1", 5.05) > 0
    assert handshakes.wait("10.0.0.1", 5.15) == 0


def test_a_million_addresses_take_no_memory() -> None:
    handshakes = Handshakes(Rate(10, 1))
    for number in range(11_000):
        handshakes.wait(f"10.{number}", 5.0)
    assert len(handshakes._seen) <= 10_000
