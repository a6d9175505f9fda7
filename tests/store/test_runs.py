from __future__ import annotations

import pytest

from store import critiques, runs
from store.critiques import Visibility
from store.database import Database
from store.errors import Conflict, NotFound
from store.models import Run
from store.runs import RunStatus, Trigger
from store.testing import Place, a_place


async def _start(database: Database, place: Place) -> Run:
    return await database.write(
        runs.add, session_id=place.session, mode="claude", model="m", trigger=Trigger.FACILITATOR
    )


async def _end(database: Database, run: Run, status: RunStatus = RunStatus.DONE) -> Run:
    return await database.write(runs.advance, run.id, status=status.value)


async def _criticise(database: Database, place: Place) -> None:
    await database.write(
        critiques.add,
        session_id=place.session,
        participant_id=place.person,
        text="no",
        visibility=Visibility.OPEN,
        start=None,
        end=None,
        quote="",
    )


async def test_runs_of_one_session_never_overlap(database: Database, place: Place) -> None:
    run = await _start(database, place)
    for status in (RunStatus.QUEUED, RunStatus.RUNNING):
        await database.write(runs.advance, run.id, status=status.value)
        with pytest.raises(Conflict) as caught:
            await _start(database, place)
        assert caught.value.reason == "run-in-progress"
    await _end(database, run)
    await _start(database, place)


async def test_runs_of_two_sessions_do_not_wait_for_each_other(
    database: Database, place: Place
) -> None:
    other = await database.write(a_place, "Ben")
    one, two = await _start(database, place), await _start(database, other)
    assert {run.id for run in await database.read(runs.not_ended)} == {one.id, two.id}


@pytest.mark.parametrize("status", [RunStatus.DONE, RunStatus.FAILED])
async def test_a_run_that_ended_has_a_time_and_keeps_it(
    database: Database, place: Place, status: RunStatus
) -> None:
    run = await _start(database, place)
    assert run.ended_at is None
    ended = await _end(database, run, status)
    assert ended.ended_at is not None
    again = await database.write(runs.advance, run.id, message="said later")
    assert again.ended_at == ended.ended_at
    assert await database.read(runs.under_way, place.session) is None


async def test_the_latest_run_is_the_one_that_is_shown(database: Database, place: Place) -> None:
    assert await database.read(runs.latest, place.session) is None
    await _end(database, await _start(database, place))
    second = await _start(database, place)
    found = await database.read(runs.latest, place.session)
    assert found is not None
    assert found.id == second.id


async def test_a_run_of_another_session_is_not_found(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    run = await _start(database, place)
    assert (await database.read(runs.get, run.id)).id == run.id
    with pytest.raises(NotFound, match="run"):
        await database.read(runs.get, run.id, session_id=other.session)


async def test_a_critique_no_run_has_seen_is_remembered(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    assert await database.read(runs.untouched_critiques) == []
    await _criticise(database, place)
    await _criticise(database, other)
    assert set(await database.read(runs.untouched_critiques)) == {place.session, other.session}
    await _end(database, await _start(database, place))
    assert await database.read(runs.untouched_critiques) == [other.session]
    await _criticise(database, place)
    assert set(await database.read(runs.untouched_critiques)) == {place.session, other.session}


async def test_a_settled_critique_needs_no_run(database: Database, place: Place) -> None:
    await _criticise(database, place)
    (row,) = await database.read(critiques.unresolved, place.session)
    await database.write(critiques.resolve, row, by=place.person)
    assert await database.read(runs.untouched_critiques) == []
