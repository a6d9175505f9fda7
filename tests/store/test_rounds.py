from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from store import ids, rounds, runs
from store.database import Database
from store.errors import NotFound
from store.models import Candidate
from store.runs import Trigger
from store.testing import Place, a_place


def _add(session: Session, place: Place) -> None:
    run = runs.add(
        session,
        session_id=place.session,
        mode="extractive",
        model=None,
        trigger=Trigger.FACILITATOR,
    )
    candidates = [
        Candidate(
            id=f"c{at}",
            round_id="r",
            ordinal=at,
            author="A",
            style="plain",
            text=f"t{at}",
            drafts=[],
        )
        for at in (2, 1)
    ]
    rounds.add(
        session,
        ident="r",
        session_id=place.session,
        run_id=run.id,
        number=1,
        secret="s",
        material={"question": "?"},
        closes_at=ids.now(),
        candidates=candidates,
    )


async def test_a_round_keeps_its_candidates_and_result(database: Database, place: Place) -> None:
    await database.write(_add, place)
    found = await database.read(rounds.get, "r", session_id=place.session)
    assert (found.number, found.material, found.result) == (1, {"question": "?"}, None)
    candidates = await database.read(rounds.candidates, "r")
    assert [one.id for one in candidates] == ["c1", "c2"]
    await database.write(rounds.set_result, "r", {"winner": "c1"})
    (found,) = await database.read(rounds.of_session, place.session)
    assert found.result == {"winner": "c1"}


async def test_a_round_is_due_until_it_has_ended(database: Database, place: Place) -> None:
    await database.write(_add, place)
    assert await database.read(rounds.due, ids.now() - timedelta(minutes=1)) == []
    assert [one.id for one in await database.read(rounds.due, ids.now())] == ["r"]
    await database.write(rounds.end, "r")
    assert await database.read(rounds.due, ids.now()) == []


async def test_a_round_of_another_session_is_not_found(database: Database, place: Place) -> None:
    await database.write(_add, place)
    other = await database.write(a_place, "Ben")
    for ident, session in (("r", other.session), ("x", place.session)):
        with pytest.raises(NotFound, match="round"):
            await database.read(rounds.get, ident, session_id=session)
