from __future__ import annotations

import pytest

from store import dissents, ids, participants
from store.database import Database
from store.errors import NotFound
from store.models import DissentNote, Participant
from store.participants import Role
from store.testing import Place, a_place


async def _note(database: Database, place: Place) -> DissentNote:
    return await database.write(
        dissents.add,
        session_id=place.session,
        participant_id=place.person,
        text="Not without a noise limit.",
        named=False,
    )


async def test_a_note_is_found_by_its_author_alone(database: Database, place: Place) -> None:
    note = await _note(database, place)
    ben = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.FACILITATOR
    )
    other = await database.write(a_place, "Cleo")

    async def find(session: str, person: str) -> DissentNote:
        return await database.read(dissents.own, note.id, session_id=session, participant_id=person)

    assert (await find(place.session, place.person)).text == "Not without a noise limit."
    for session, person in (
        (place.session, ben.id),
        (other.session, other.person),
        (other.session, place.person),
    ):
        with pytest.raises(NotFound, match="dissent"):
            await find(session, person)


async def test_a_note_stands_until_its_author_takes_it_back_also_when_they_have_left(
    database: Database, place: Place
) -> None:
    note = await _note(database, place)
    await database.write(
        lambda session: setattr(session.get_one(Participant, place.person), "removed_at", ids.now())
    )
    assert [one.id for one in await database.read(dissents.of_session, place.session)] == [note.id]
    await database.write(
        lambda session: setattr(session.get_one(DissentNote, note.id), "removed_at", ids.now())
    )
    assert await database.read(dissents.of_session, place.session) == []
    with pytest.raises(NotFound):
        await database.read(
            dissents.own, note.id, session_id=place.session, participant_id=place.person
        )
