from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from store import runs, suggestions
from store.database import Database
from store.errors import Conflict, NotFound
from store.models import Suggestion
from store.runs import Trigger
from store.testing import Place, a_place


@pytest.fixture
async def run(database: Database, place: Place) -> str:
    made = await database.write(
        runs.add,
        session_id=place.session,
        mode="claude",
        model="m",
        trigger=Trigger.FACILITATOR,
    )
    return made.id


async def _suggest(
    database: Database, place: Place, run: str, ordinal: int, **fields: Any
) -> Suggestion:
    values: dict[str, Any] = {
        "id": f"{run[:8]}-{ordinal}",
        "session_id": place.session,
        "run_id": run,
        "ordinal": ordinal,
        "kind": "sentence",
        "status": "open",
        "author": "Accord AI",
        "base": "",
        "text": f"Sentence {ordinal}.",
        "start": {"at": 1},
        "end": {"at": 2},
        "place": "start",
        "sources": [{"input": "i1"}, {"input": "i2"}],
        "reason": "",
    }
    return await database.write(suggestions.add, **(values | fields))


async def _accept(database: Database, place: Place, ident: str, **fields: Any) -> None:
    await database.write(
        suggestions.decide, ident, participant_id=place.person, verdict="accepted", **fields
    )


async def test_a_suggestion_is_decided_about_once(
    database: Database, place: Place, run: str
) -> None:
    row = await _suggest(database, place, run, 1)
    await _accept(database, place, row.id, text="Edited.", start={"at": 5}, end={"at": 6})
    for verdict in ("accepted", "rejected"):
        with pytest.raises(Conflict) as caught:
            await database.write(
                suggestions.decide, row.id, participant_id=place.person, verdict=verdict
            )
        assert caught.value.reason == "already-decided"
    ((found, decision),) = await database.read(suggestions.of_session, place.session)
    assert (found.status, found.text, found.start) == ("accepted", "Sentence 1.", {"at": 5})
    assert decision is not None
    assert (decision.verdict, decision.text) == ("accepted", "Edited.")


async def test_a_rejected_one_keeps_its_text_and_place(
    database: Database, place: Place, run: str
) -> None:
    row = await _suggest(database, place, run, 1)
    await database.write(
        suggestions.decide,
        row.id,
        participant_id=place.person,
        verdict="rejected",
        reason="too vague",
    )
    found = await database.read(suggestions.get, row.id, session_id=place.session)
    decision = await database.read(suggestions.decision, row.id)
    assert (found.status, found.text, found.start) == ("rejected", "Sentence 1.", {"at": 1})
    assert decision is not None
    assert decision.reason == "too vague"


@pytest.mark.parametrize("status", ["drafting", "stale", "withdrawn"])
async def test_what_is_not_open_cannot_be_decided_about(
    database: Database, place: Place, run: str, status: str
) -> None:
    row = await _suggest(database, place, run, 1, status=status)
    with pytest.raises(Conflict):
        await _accept(database, place, row.id)
    assert await database.read(suggestions.decision, row.id) is None


async def test_a_run_has_one_suggestion_for_each_turn(
    database: Database, place: Place, run: str
) -> None:
    await _suggest(database, place, run, 1)
    for again in ({}, {"id": "another id"}):
        with pytest.raises(IntegrityError):
            await _suggest(database, place, run, 1, **again)


async def test_a_run_keeps_its_order(database: Database, place: Place, run: str) -> None:
    for ordinal in (2, 1, 3):
        await _suggest(database, place, run, ordinal)
    found = await database.read(suggestions.of_run, run)
    assert [row.ordinal for row in found] == [1, 2, 3]


async def test_opening_a_run_again_does_not_reopen_what_was_decided(
    database: Database, place: Place, run: str
) -> None:
    """A restart may repeat the last step of a run when people have decided already."""
    rows = [await _suggest(database, place, run, n, status="drafting") for n in (1, 2)]
    idents = [row.id for row in rows]
    await database.write(suggestions.set_status, idents, "open")
    await _accept(database, place, idents[0])
    await database.write(suggestions.set_status, idents, "open")
    found = await database.read(suggestions.of_run, run)
    assert [row.status for row in found] == ["accepted", "open"]


@pytest.mark.parametrize("status", ["open", "accepted", "rejected", "stale", "withdrawn"])
async def test_only_what_is_being_drafted_can_be_removed(
    database: Database, place: Place, run: str, status: str
) -> None:
    shown = await _suggest(database, place, run, 1, status=status)
    drafting = await _suggest(database, place, run, 2, status="drafting")
    await database.write(suggestions.remove, [shown.id, drafting.id])
    assert [row.id for row in await database.read(suggestions.of_run, run)] == [shown.id]


async def test_a_suggestion_of_another_session_is_not_found(
    database: Database, place: Place, run: str
) -> None:
    other = await database.write(a_place, "Ben")
    row = await _suggest(database, place, run, 1)
    with pytest.raises(NotFound, match="suggestion"):
        await database.read(suggestions.get, row.id, session_id=other.session)
    assert await database.read(suggestions.of_session, other.session) == []


async def test_people_are_told_where_their_inputs_were_used(
    database: Database, place: Place, run: str
) -> None:
    first = await _suggest(database, place, run, 1, sources=[{"input": "i1"}, {"input": "i1"}])
    second = await _suggest(database, place, run, 2, sources=[{"input": "i1"}, {"input": "i2"}])
    await _suggest(database, place, run, 3, status="withdrawn")
    found = await database.read(suggestions.uses_of_inputs, place.session)
    assert found == {"i1": [first.id, second.id], "i2": [second.id]}
