from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from store import audit, visits
from store.database import Database
from store.ids import now
from store.models import Visit
from store.testing import Place

MINUTE = timedelta(minutes=1)
START = now()


async def _deed(database: Database, place: Place) -> int:
    def write(session: Session) -> int:
        audit.record(session, "critique.given", actor="somebody", of=place.session)
        session.flush()
        return audit.latest(session, place.session)

    return await database.write(write)


async def _touch(database: Database, place: Place, minutes: float) -> Visit:
    at = START + minutes * MINUTE
    return await database.write(visits.touch, place.person, of=place.session, at=at)


async def test_the_first_visit_begins_with_what_is_there(database: Database, place: Place) -> None:
    assert await database.read(visits.get, place.person) is None
    before = await _deed(database, place)
    first = await _touch(database, place, 0)
    assert (first.read_at, first.read_to) == (None, before)


async def test_signs_of_life_without_a_pause_are_one_visit_and_its_news_stay(
    database: Database, place: Place
) -> None:
    start = (await _touch(database, place, 0)).read_to
    for minute in range(2, 60, 9):
        await _deed(database, place)
        assert (await _touch(database, place, minute)).read_to == start


async def test_after_a_pause_news_begin_where_the_visit_before_ended(
    database: Database, place: Place
) -> None:
    await _touch(database, place, 0)
    seen = await _deed(database, place)
    await _touch(database, place, 9)
    await _deed(database, place)
    again = await _touch(database, place, 20)
    assert (again.read_at, again.read_to) == (START + 9 * MINUTE, seen)
    reloaded = await _touch(database, place, 21)
    assert (reloaded.read_at, reloaded.read_to) == (START + 9 * MINUTE, seen)


async def test_what_is_put_away_is_read_and_what_came_since_is_not(
    database: Database, place: Place
) -> None:
    await _touch(database, place, 0)
    shown = await _deed(database, place)
    await _deed(database, place)
    await _touch(database, place, 1)
    at = START + 2 * MINUTE
    await database.write(visits.put_away, place.person, upto=shown, at=at)
    found = await database.read(visits.get, place.person)
    assert found is not None
    assert (found.read_at, found.read_to) == (at, shown)


async def test_nobody_puts_away_what_is_still_to_come_or_takes_anything_back(
    database: Database, place: Place
) -> None:
    await _touch(database, place, 0)
    latest = await _deed(database, place)
    before = await _touch(database, place, 1)
    for upto in (latest + 1, before.read_to, 0):
        await database.write(visits.put_away, place.person, upto=upto, at=START)
        found = await database.read(visits.get, place.person)
        assert found is not None
        assert (found.read_at, found.read_to) == (None, before.read_to)
