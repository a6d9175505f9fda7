from __future__ import annotations

from rooms.allowance import Rate
from rooms.people import People
from rooms.testing import MemoryChannel, TestRoom, person


def test_somebody_with_two_tabs_counts_twice_until_both_are_gone() -> None:
    room, people = TestRoom(), People(Rate(1, 1), 5.0)
    first = room.join(MemoryChannel(), person("ana"))
    second = room.join(MemoryChannel(), person("ana"))
    people.add(first)
    people.add(second)
    assert (len(people), people.open_by("ana"), people.open_by("ben")) == (2, 2, 0)
    people.remove(first, 6.0)
    people.remove(first, 7.0)  # gone is gone
    assert (bool(people), people.open_by("ana"), people.left_at) == (True, 1, 5.0)
    people.remove(second, 8.0)
    assert (bool(people), people.open_by("ana"), people.left_at) == (False, 0, 8.0)


def test_work_is_counted_per_person_and_forgotten_when_it_is_long_done() -> None:
    people = People(Rate(1, 2), 0.0)
    assert people.spend_work("ana", 2.0, 0.0) == 0
    assert people.spend_work("ana", 1.0, 0.0) == 1.0
    assert people.spend_work("ben", 1.0, 0.0) == 0
    people.tick(1.0)
    assert people.spend_work("ana", 1.0, 1.0) == 1.0
    people.tick(100.0)
    assert not people._work
