from __future__ import annotations

from store import audit
from store.database import Database
from store.ids import now
from store.testing import Place, a_place


async def test_deeds_are_kept_in_their_order_with_who_when_and_what(
    database: Database, place: Place
) -> None:
    before = now()
    await database.write(
        audit.record, "suggestion.accepted", actor=place.person, of=place.session, subject="s1"
    )
    await database.write(audit.record, "run.done", actor="bot", of=place.session, suggestions=3)
    first, second = await database.read(audit.entries, place.session)
    assert (first.action, first.actor, first.subject) == ("suggestion.accepted", place.person, "s1")
    assert (second.action, second.details) == ("run.done", {"suggestions": 3})
    assert before <= first.at <= second.at <= now()


async def test_a_session_has_its_own_audit(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    await database.write(audit.record, "input.given", actor=place.person, of=place.session)
    await database.write(audit.record, "server.started", actor="server", of=None)
    assert await database.read(audit.entries, other.session) == []


async def test_entries_are_numbered_so_that_one_can_ask_for_those_since(
    database: Database, place: Place
) -> None:
    assert await database.read(audit.latest, place.session) == 0
    await database.write(audit.record, "input.given", actor=place.person, of=place.session)
    mark = await database.read(audit.latest, place.session)
    await database.write(audit.record, "run.done", actor="bot", of=place.session)
    (new,) = await database.read(audit.entries, place.session, after=mark)
    assert new.action == "run.done"
    assert await database.read(audit.latest, place.session) == new.id > mark
