from __future__ import annotations

from store import ballots
from store.database import Database
from store.testing import Place, a_place


async def test_every_ballot_is_kept_and_predicted_ones_apart(
    database: Database, place: Place
) -> None:
    for ident, fields in {
        "1": {"choice": "object"},
        "2": {"choice": "approve"},
        "3": {"ranking": [["x"], ["y", "z"]]},
        "4": {"ranking": [["y"]], "predicted": True, "reason": "they said so"},
    }.items():
        await database.write(
            ballots.add,
            ident=ident,
            session_id=place.session,
            participant_id=place.person,
            subject="s",
            **fields,  # type: ignore[arg-type]
        )
    cast = await database.read(ballots.of_session, place.session)
    assert list(cast) == ["1", "2", "3"]
    assert cast["3"].ranking == [["x"], ["y", "z"]]
    (guess,) = await database.read(ballots.predicted, "s")
    assert (guess.id, guess.reason) == ("4", "they said so")
    assert await database.read(ballots.predicted, "t") == []


async def test_ballots_of_another_session_are_not_seen(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Ben")
    await database.write(
        ballots.add,
        ident="1",
        session_id=other.session,
        participant_id=other.person,
        subject="s",
        choice="approve",
    )
    assert await database.read(ballots.of_session, place.session) == {}
