from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.allowance import Allowance, Bucket, Rate


def test_a_burst_is_free_and_then_time_is_the_price() -> None:
    allowance = Allowance(Rate(10, 20), Rate(1000, 4000), now=0)
    assert [allowance.spend(1, 10, 0) for _ in range(20)] == [0] * 20
    assert allowance.spend(1, 10, 0) == 0.1
    assert allowance.spend(0, 0, 0.1) == 0


def test_bytes_count_as_well() -> None:
    allowance = Allowance(Rate(10, 20), Rate(1000, 4000), now=0)
    assert allowance.spend(1, 4000, 0) == 0
    assert allowance.spend(1, 500, 0) == 0.5


def test_a_long_silence_gives_no_more_than_the_burst() -> None:
    allowance = Allowance(Rate(10, 20), Rate(1000, 4000), now=0)
    assert allowance.spend(21, 0, 1e6) == 0.1


def test_a_bucket_is_full_again_after_a_while() -> None:
    bucket = Bucket(Rate(10, 20), now=0)
    assert bucket.spend(30, 0) == 1.0
    assert not bucket.full(2.9)
    assert bucket.full(3.0)


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(0, 5000)), min_size=1, max_size=50))
def test_who_waits_as_told_never_exceeds_rate_and_burst(sent: list[tuple[float, int]]) -> None:
    allowance = Allowance(Rate(10, 20), Rate(1000, 4000), now=0)
    now, size, largest = 0.0, 0, 0
    for pause, length in sent:
        now += pause
        now += allowance.spend(1, length, now)
        size += length
        largest = max(largest, length)
        assert size <= 4000 + now * 1000 + largest + 1e-6
