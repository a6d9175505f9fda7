from __future__ import annotations

from rooms.access import Person


def test_a_person_signs_updates_and_presence_with_who_they_are() -> None:
    ana = Person("p1", "Ana", "participant", may_write=True)
    assert (ana.origin.person, ana.origin.via) == ("p1", "socket")
    assert ana.user == {"id": "p1", "name": "Ana", "role": "participant"}
