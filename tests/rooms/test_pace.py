from __future__ import annotations

import pytest

from rooms.options import RoomOptions
from rooms.pace import Pace

OPTIONS = RoomOptions(publish_factor=4.0, max_publish_gap_seconds=0.03)


def test_the_first_frame_waits_for_nothing() -> None:
    assert Pace(OPTIONS).due == 0.0


def test_the_dearer_frames_are_the_further_they_are_apart() -> None:
    cheap, dear = Pace(OPTIONS), Pace(OPTIONS)
    for _ in range(100):
        cheap.sent(1.0, 1.0001)
        dear.sent(1.0, 1.005)
    assert cheap.due == pytest.approx(1.0001 + 4 * 0.0001)
    assert dear.due == pytest.approx(1.005 + 4 * 0.005)


def test_one_dear_frame_is_soon_forgotten_and_none_waits_longer_than_the_longest() -> None:
    pace = Pace(OPTIONS)
    pace.sent(1.0, 3.0)
    assert pace.due == pytest.approx(3.0 + 0.03)
    for _ in range(50):
        pace.sent(4.0, 4.0)
    assert pace.due == pytest.approx(4.0, abs=0.001)
