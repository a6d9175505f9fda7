from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from store import rooms
from store.database import Database
from store.errors import Conflict, NotFound
from store.models import Room
from store.testing import Place


async def test_a_room_is_found_by_its_address(database: Database, place: Place) -> None:
    row = await database.read(rooms.of_session, place.session)
    found = await database.read(rooms.by_address, rooms.address(row))
    assert found.id == place.room


async def test_an_older_epoch_is_a_conflict_with_a_reason(database: Database, place: Place) -> None:
    row = await database.read(rooms.of_session, place.session)
    for epoch in (0, 2, 999_999_999):
        with pytest.raises(Conflict) as caught:
            await database.read(rooms.by_address, f"{row.name}.{epoch}")
        assert caught.value.reason == "stale-epoch"


@pytest.mark.parametrize(
    "address",
    ["", ".", "x.1", "../../etc/passwd", "a" * 22, "a" * 22 + ".1", "a" * 22 + ".-1", "b" * 100],
)
async def test_an_address_that_is_none_is_not_found(
    database: Database, place: Place, address: str
) -> None:
    with pytest.raises(NotFound, match="room"):
        await database.read(rooms.by_address, address)


async def test_a_forged_epoch_does_not_find_the_room(database: Database, place: Place) -> None:
    row = await database.read(rooms.of_session, place.session)
    for wrong in (
        f"{row.name}",
        f"{row.name}.",
        f"{row.name}.1.1",
        f"{row.name}.1\n",
        f"{row.name}.१",
    ):
        with pytest.raises(NotFound):
            await database.read(rooms.by_address, wrong)


async def test_a_session_has_one_room(database: Database, place: Place) -> None:
    with pytest.raises(IntegrityError):
        await database.write(rooms.add, place.session)
    with pytest.raises(NotFound):
        await database.read(rooms.of_session, "no such session")


def test_an_address_is_name_and_epoch() -> None:
    assert rooms.address(Room(name="abc", epoch=3)) == "abc.3"
