from __future__ import annotations

from datetime import timedelta

from store import answers, ids
from store.database import Database
from store.testing import Place, a_place


async def test_only_usable_answers_of_the_session_are_found_and_all_calls_are_paid_for(
    database: Database, place: Place
) -> None:
    other = await database.write(a_place, "Ben")

    async def add(session: str, key: str, text: str | None) -> None:
        await database.write(
            answers.add,
            key=key,
            session_id=session,
            purpose="claims",
            prompt="claims@1",
            model="m",
            text=text,
            failure=None if text is not None else "Refused",
            input_tokens=10,
            output_tokens=1,
        )

    await add(place.session, "k", None)
    assert await database.read(answers.find, "k", session_id=place.session) is None
    await add(place.session, "k", "yes")
    await add(other.session, "l", "no")
    assert await database.read(answers.find, "k", session_id=place.session) == "yes"
    assert await database.read(answers.find, "l", session_id=place.session) is None
    assert await database.read(answers.spent, session_id=place.session) == 22
    assert await database.read(answers.spent) == 33
    later = ids.now() + timedelta(minutes=1)
    assert await database.read(answers.spent, since=later) == 0
    assert await database.read(answers.count, place.session) == 2
    await database.write(answers.forget, ["k"], session_id=place.session)
    await database.write(answers.forget, ["l"], session_id=place.session)  # another session's
    assert await database.read(answers.find, "k", session_id=place.session) is None
    assert await database.read(answers.find, "l", session_id=other.session) == "no"
    assert await database.read(answers.spent) == 33
