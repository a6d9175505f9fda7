from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from store import documents, passages
from store.database import Database
from store.models import Document
from store.passages import NewChunk, Passage
from store.testing import Place, give
from store.words import marked, session_mark


async def _document(database: Database, ident: str) -> Document:
    found = await database.read(documents.find, ident)
    assert found is not None
    return found


async def test_a_chunk_comes_back_with_its_place_and_headings(
    database: Database, place: Place
) -> None:
    ident = await give(database, place, "It grows.", headings=("The harbour", "Aims"))
    (found,) = await database.read(passages.without_vector, ident, "m", 10)
    assert (found.start, found.end, found.text) == (0, 9, "It grows.")
    assert found.headings == ["The harbour", "Aims"]


async def test_a_chunk_is_shown_with_its_documents_name_and_one_that_is_gone_is_not(
    database: Database, place: Place
) -> None:
    ident = await give(database, place, "It grows.", headings=("The harbour", "Aims"))
    document = await _document(database, ident)
    (chunk,) = await database.read(passages.without_vector, ident, "m", 10)
    found = await database.read(passages.shown, [chunk.id, 99])
    assert found == {
        chunk.id: Passage(
            chunk.id, ident, document.name, 0, 9, "It grows.", ["The harbour", "Aims"], chunk.places
        )
    }


async def test_chunks_without_a_vector_are_told_per_model(database: Database, place: Place) -> None:
    ident = await give(database, place, "One.", "Two.", vectors=[(1, 0)])
    missing = await database.read(passages.without_vector, ident, "m", 10)
    assert [one.text for one in missing] == ["Two."]
    assert len(await database.read(passages.without_vector, ident, "other", 10)) == 2
    assert len(await database.read(passages.without_vector, ident, "other", 1)) == 1


async def test_a_vector_for_a_chunk_that_is_gone_is_passed_over(
    database: Database, place: Place
) -> None:
    await give(database, place, "One.")
    await database.write(
        passages.add_vectors, session_id=place.session, model="m", dim=1, vectors=[(99, b"0000")]
    )
    assert await database.read(passages.vectors_state, place.session, "m") == (0, 0)


async def test_vectors_of_former_models_are_dropped(database: Database, place: Place) -> None:
    ident = await give(database, place, "One.", vectors=[(1, 0)])
    await database.write(passages.drop_other_models, ident, "other")
    assert await database.read(passages.vectors_state, place.session, "m") == (0, 0)


async def test_a_number_is_never_given_again(database: Database, place: Place) -> None:
    """Else a matrix in memory could not tell that its chunks are gone."""
    ident = await give(database, place, "One.", vectors=[(1, 0)])
    before = await database.read(passages.vectors_state, place.session, "m")
    await database.write(passages.clear, ident)
    document = await _document(database, ident)
    await database.write(passages.add, document, [NewChunk(0, 4, "One.")])
    (chunk,) = await database.read(passages.without_vector, ident, "m", 10)
    assert chunk.id > before[1]


async def test_no_word_of_cleared_chunks_stays_in_the_index(
    database: Database, place: Place
) -> None:
    ident = await give(database, place, "Unmistakable.", headings=("Heading",))
    await database.write(passages.clear, ident)
    await database.write(passages.clear, ident)
    for word in ("unmistakable", "heading"):
        found = await database.read(_holding, marked(session_mark(place.session), word))
        assert found == 0


async def test_vectors_come_page_by_page(database: Database, place: Place) -> None:
    await give(database, place, "One.", "Two.", "Three.", vectors=[(1, 0), (0, 1), (1, 0)])
    first = await database.read(passages.vectors_after, place.session, "m", 0, 2)
    rest = await database.read(passages.vectors_after, place.session, "m", first[-1][0], 2)
    assert (len(first), len(rest)) == (2, 1)


def _holding(session: Session, word: str) -> int:
    """Return how many rows of the index hold a word."""
    query = text("SELECT count(*) FROM chunk_words WHERE chunk_words MATCH :word")
    return int(session.execute(query, {"word": word}).scalar_one())


async def test_the_words_of_deleted_chunks_can_be_taken_out_of_the_index(
    database: Database, place: Place
) -> None:
    """Deleting marks them; they would stay in the index's segments until those happen to be merged."""
    ident = await give(database, place, "The quagmirtentakel is near.", "Boats.")
    await give(database, place, "Ships.")

    def segments(session: Session) -> bytes:
        return b"".join(session.scalars(text("SELECT block FROM chunk_words_data")))

    await database.write(passages.clear, ident)
    assert b"quagmirtentakel" in await database.read(segments)
    await database.write(passages.purge_words)
    left = await database.read(segments)
    assert b"quagmirtentakel" not in left
    assert b"hip" in left
