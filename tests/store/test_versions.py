"""`store.versions`: versions of one room, apart from those of others."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm.exc import DetachedInstanceError

from store import versions
from store.database import Database
from store.errors import NotFound
from store.ids import now
from store.testing import a_place


def row(seq: int, **fields: Any) -> dict[str, Any]:
    at = now()
    return {
        "seq": seq,
        "first": seq,
        "begun": at,
        "ended": at,
        "cause": "written",
        "shares": [],
        "characters": 3,
        "marked": False,
        "joined": 1,
        "upto": seq,
        "text": b"text",
        **fields,
    }


async def test_they_come_in_order_and_their_texts_only_when_asked_for(database: Database) -> None:
    room = (await database.write(a_place)).room
    for seq in (7, 3, 5):
        await database.write(versions.save, room, row(seq))
    await database.write(versions.save, room, row(5, characters=9))
    found = await database.read(versions.of_room, room)
    assert [(one.seq, one.characters) for one in found] == [(3, 3), (5, 9), (7, 3)]
    with pytest.raises(DetachedInstanceError):
        _ = found[0].text
    newest = await database.read(versions.latest, room)
    assert newest is not None
    assert (newest.seq, newest.text) == (7, b"text")


async def test_what_is_removed_is_gone_and_others_rooms_are_left_alone(database: Database) -> None:
    room = (await database.write(a_place)).room
    other = (await database.write(a_place, "Bo")).room
    for one in (room, other):
        await database.write(versions.save, one, row(1))
    await database.write(versions.remove, room, [1, 99])
    await database.write(versions.remove, room, [])
    with pytest.raises(NotFound):
        await database.read(versions.get, room, 1)
    assert (await database.read(versions.get, other, 1)).seq == 1
    assert await database.read(versions.latest, room) is None
    assert await database.read(versions.asked_about, room) == []
