"""`store.words_sqlite`: frequent words decide nothing and move up; what search promises: `test_search`."""

from __future__ import annotations

import pytest

from store import documents, passages, words_sqlite
from store.database import Database
from store.documents import Viewer, Visibility
from store.testing import Place, a_place, give


async def _found(database: Database, place: Place, query: str, viewer: Viewer) -> list[str]:
    def ask(session: object) -> list[str]:
        scope = documents.readable(place.session, viewer)
        best = passages.by_words(session, scope, query, 3)  # type: ignore[arg-type]
        chunks = passages.shown(session, best)  # type: ignore[arg-type]
        return [chunks[ident].text for ident in best]

    return await database.read(ask)


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that some hundred passages are many."""
    monkeypatch.setattr(words_sqlite, "_RANKED", 10)
    monkeypatch.setattr(words_sqlite, "_LOOKED_AT", 20)


async def test_of_those_with_the_rare_word_the_ones_with_frequent_words_too_come_first(
    database: Database, place: Place
) -> None:
    await give(
        database,
        place,
        *(f"The harbour {at}." for at in range(100)),
        "A lighthouse stands far away there.",
        "The lighthouse at the harbour.",
        "The lighthouse of old times.",
    )
    found = await _found(database, place, "the harbour lighthouse", documents.BOT)
    assert found[0] == "The lighthouse at the harbour."
    assert set(found) == {
        "The lighthouse at the harbour.", "The lighthouse of old times.", "A lighthouse stands far away there.",
    }  # fmt: skip


async def test_where_every_word_is_frequent_those_with_all_of_them_are_found(
    database: Database, place: Place
) -> None:
    await give(
        database,
        place,
        *(f"The harbour {at}." for at in range(50)),
        *(f"The ship {at}." for at in range(50)),
        *(f"Ship and harbour {at}." for at in range(3)),
    )
    found = await _found(database, place, "ship harbour", documents.BOT)
    assert sorted(found) == [f"Ship and harbour {at}." for at in range(3)]
    assert len(await _found(database, place, "the", documents.BOT)) == 3
    apart = await _found(database, place, "ship harbour the", documents.BOT)
    assert len(apart) == 3


async def test_where_frequent_words_do_not_meet_the_rarest_of_them_decides(
    database: Database, place: Place
) -> None:
    await give(
        database,
        place,
        *(f"The harbour {at}." for at in range(60)),
        *(f"The ship {at}." for at in range(30)),
    )
    found = await _found(database, place, "harbour ship", documents.BOT)
    assert len(found) == 3
    assert all("ship" in one for one in found)


async def test_what_somebody_may_read_is_found_though_others_have_more_than_is_looked_at(
    database: Database, place: Place
) -> None:
    await give(database, place, *(f"The harbour {at}." for at in range(100)))
    await give(database, place, "At the harbour we talked for long.", visibility=Visibility.SESSION)
    for query in ("harbour", "the harbour", '"the harbour"'):
        found = await _found(database, place, query, Viewer("somebody"))
        assert found == ["At the harbour we talked for long."]


async def test_a_stem_is_found_as_it_would_be_without_the_mark_of_its_session(
    database: Database, place: Place
) -> None:
    await give(database, place, "They sing.", "Negotiations.", "Cities.", "A thing.")
    for query, found in (
        ("sings", ["They sing."]),
        ("negotiate", ["Negotiations."]),
        ("city", ["Cities."]),
        ("th", []),  # "thing" has no other vowel: its end is no suffix
    ):
        assert await _found(database, place, query, documents.BOT) == found, query


async def test_how_rare_a_word_is_says_the_session_alone(database: Database, place: Place) -> None:
    """Whatever others talk of all day: here it is what somebody looks for."""
    other = await database.write(a_place, "Somebody else")
    await give(database, other, *(f"The lighthouse {at}." for at in range(100)))
    await give(database, place, "The lighthouse.", *(f"The harbour {at}." for at in range(8)))
    found = await _found(database, place, "lighthouse harbour", documents.BOT)
    assert found[0] == "The lighthouse."
