"""`store.words_postgres`: with statistics frequent words decide nothing; what search promises: `test_postgres`."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from store import documents, passages, words_postgres
from store.postgres import PostgresDatabase
from store.testing import Place, a_place, give


@pytest.fixture
async def place(postgres: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A session with what is many and what is few, and statistics of it."""
    monkeypatch.setattr(words_postgres, "_RANKED", 10)
    monkeypatch.setattr(words_postgres, "_LOOKED_AT", 20)
    made = await postgres.write(a_place)
    await give(
        postgres,
        made,
        *(f"The harbour {at}." for at in range(100)),
        *(f"The ship {at}." for at in range(100)),
        *(f"Ship and harbour {at}." for at in range(3)),
        "A lighthouse.",
        "The lighthouse at the harbour.",
    )
    await postgres.write(lambda session: session.execute(text("ANALYZE chunk_words")))
    return made


async def _found(postgres: PostgresDatabase, place: Place, query: str) -> list[str]:
    def ask(session: Session) -> list[str]:
        scope = documents.readable(place.session, documents.BOT)
        best = passages.by_words(session, scope, query, 3)
        chunks = passages.shown(session, best)
        return [chunks[ident].text for ident in best]

    return await postgres.read(ask)


async def test_rare_words_decide_and_frequent_ones_move_up(
    postgres: PostgresDatabase, place: Place
) -> None:
    found = await _found(postgres, place, "the harbour lighthouse")
    assert found[:2] == ["The lighthouse at the harbour.", "A lighthouse."]
    assert len(found) == 3


async def test_where_every_word_is_frequent_those_with_all_of_them_are_found(
    postgres: PostgresDatabase, place: Place
) -> None:
    found = await _found(postgres, place, "ship harbour")
    assert sorted(found) == [f"Ship and harbour {at}." for at in range(3)]
    assert len(await _found(postgres, place, "the")) == 3


async def test_where_frequent_words_do_not_meet_the_rarest_of_them_decides(
    postgres: PostgresDatabase, place: Place
) -> None:
    await give(postgres, place, *(f"The train {at}." for at in range(30)))
    await postgres.write(lambda session: session.execute(text("ANALYZE chunk_words")))
    found = await _found(postgres, place, "harbour train")
    assert len(found) == 3
    assert all("train" in one for one in found)


async def test_before_there_are_statistics_what_has_all_words_is_found_first(
    postgres: PostgresDatabase, place: Place
) -> None:
    await postgres.write(lambda session: session.execute(text("DELETE FROM pg_statistic")))
    other = await postgres.write(a_place, "Somebody else")
    await give(
        postgres,
        other,
        *(f"The harbour {at}." for at in range(100)),
        "The lighthouse at the harbour.",
    )
    found = await _found(postgres, other, "the harbour lighthouse")
    assert found[0] == "The lighthouse at the harbour."
    assert len(found) == 3


async def test_how_rare_a_word_is_says_the_session_alone(
    postgres: PostgresDatabase, place: Place
) -> None:
    other = await postgres.write(a_place, "Somebody else")
    await give(postgres, other, "A harbour.", *(f"A lighthouse {at}." for at in range(20)))
    await postgres.write(lambda session: session.execute(text("ANALYZE chunk_words")))
    assert (await _found(postgres, other, "harbour lighthouse"))[0] == "A harbour."
    assert "lighthouse" in (await _found(postgres, place, "harbour lighthouse"))[0]


@pytest.mark.parametrize(
    ("first", "least", "number"), [(0, 10, 1), (1, 10, 2), (1, 30, 1), (2, 99, 1)]
)
def test_words_meet_as_often_as_chance_would_have_it(first: int, least: int, number: int) -> None:
    counted = words_postgres._Counted(["a", "b", "c"], [5, 40, 50], 100)
    assert counted.meeting(first, least) == number


def test_what_nearly_every_passage_has_is_not_looked_for_together_with_others() -> None:
    counted = words_postgres._Counted(["a", "b", "the", "of"], [40, 70, 80, 100], 100)
    assert counted.meeting(0, 10) == 2
    assert counted.meeting(2, 10) == 1
    unknown = words_postgres._Counted(["a", "b"], [100, 100], 100)
    assert unknown.meeting(0, 10) == 2


def test_rare_words_are_few_all_together() -> None:
    counted = words_postgres._Counted(["a", "b", "c"], [5, 40, 50], 100)
    assert [counted.rare(most) for most in (4, 5, 44, 45, 95)] == [0, 1, 1, 2, 3]


async def test_words_of_other_letters_than_ascii_are_compared_without_case_and_accents(
    postgres: PostgresDatabase, place: Place
) -> None:
    await give(postgres, place, "Die GRÖSSE des Hafens. Ἡ ΘΆΛΑΣΣΑ. ПОРТ")
    for query in ("grösse", "Grosse", "θαλασσα", "порт"):
        assert len(await _found(postgres, place, query)) == 1, query
