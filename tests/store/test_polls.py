from __future__ import annotations

from datetime import timedelta

import pytest

from store import ids, polls
from store.database import Database
from store.errors import NotFound
from store.testing import Place, a_place


async def test_a_poll_keeps_its_text_and_is_due_when_its_time_is_over(
    database: Database, place: Place
) -> None:
    now = ids.now()
    blocks = [{"kind": "paragraph", "spans": [{"text": "We agree."}]}]
    for number, closes_at in ((1, None), (2, now), (3, now + timedelta(minutes=1))):
        await database.write(
            polls.add,
            ident=f"p{number}",
            session_id=place.session,
            number=number,
            text_hash="a" * 64,
            blocks=blocks,
            closes_at=closes_at,
        )
    assert await database.read(polls.due, now - timedelta(seconds=1)) == []
    assert await database.read(polls.due, now) == [place.session]
    await database.write(polls.end, "p2")
    assert await database.read(polls.due, now) == []
    found = await database.read(polls.of_session, place.session)
    assert [one.number for one in found] == [1, 2, 3]
    assert found[0].blocks == blocks
    assert [one.ended_at is not None for one in found] == [False, True, False]


async def test_a_poll_of_another_session_is_not_found(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    await database.write(
        polls.add,
        ident="p",
        session_id=other.session,
        number=1,
        text_hash="a" * 64,
        blocks=[],
        closes_at=None,
    )
    assert (await database.read(polls.get, "p", session_id=other.session)).number == 1
    for ident, session in (("p", place.session), ("q", other.session)):
        with pytest.raises(NotFound, match="poll"):
            await database.read(polls.get, ident, session_id=session)
