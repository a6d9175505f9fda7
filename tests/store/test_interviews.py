from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from store import interviews
from store.database import Database
from store.errors import Conflict, NotFound
from store.ids import now
from store.models import Interview
from store.testing import Place, a_place


async def _begin(database: Database, place: Place) -> Interview:
    return await database.write(
        interviews.add,
        session_id=place.session,
        participant_id=place.person,
        mode="fixed",
        status="asking",
    )


async def test_nobody_has_two_at_the_same_time(database: Database, place: Place) -> None:
    first = await _begin(database, place)
    with pytest.raises(Conflict):
        await _begin(database, place)
    await database.write(interviews.change, first.id, seen=0, status="done", ended_at=now())
    second = await _begin(database, place)
    assert second.id != first.id
    found = await database.read(interviews.under_way, place.session, place.person)
    assert found is not None
    assert found.id == second.id
    other = await database.write(a_place, "Ben")
    await _begin(database, other)


async def test_not_even_by_two_servers_at_once(database: Database, place: Place) -> None:
    first = await _begin(database, place)

    def copy(session: Session) -> None:
        row = session.get_one(Interview, first.id)
        fields = {column.name: getattr(row, column.name) for column in Interview.__table__.columns}
        session.add(Interview(**fields | {"id": "another"}))
        session.flush()

    with pytest.raises(IntegrityError):
        await database.write(copy)


async def test_who_saw_an_older_version_changes_nothing(database: Database, place: Place) -> None:
    row = await _begin(database, place)
    changed = await database.write(interviews.change, row.id, seen=0, note="One.")
    assert changed.version == 1
    with pytest.raises(Conflict, match="got further"):
        await database.write(interviews.change, row.id, seen=0, note="Two.")
    assert (await database.read(interviews.get, row.id)).note == "One."


async def test_a_deleted_one_is_counted_and_says_nothing(database: Database, place: Place) -> None:
    row = await _begin(database, place)
    said = [{"question": "Why?", "by": "fixed", "answer": "A secret.", "skipped": False}]
    await database.write(interviews.change, row.id, seen=0, turns=said)
    await database.write(interviews.note_keys, row.id, ["a", "b"])
    assert (await database.read(interviews.get, row.id)).keys == ["a", "b"]
    await database.write(interviews.erase, row.id)
    for missing in (interviews.get, interviews.erase):
        with pytest.raises(NotFound):
            await database.write(missing, row.id)
    assert await database.read(interviews.latest, place.session, place.person) is None
    assert await database.read(interviews.under_way, place.session, place.person) is None
    assert await database.read(interviews.count, place.session, place.person) == 1
    kept = await database.read(lambda session: session.get_one(Interview, row.id))
    assert (kept.turns, kept.points, kept.keys) == ([], [], [])
