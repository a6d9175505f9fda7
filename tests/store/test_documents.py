from __future__ import annotations

import pytest

from store import documents, participants
from store.database import Database
from store.documents import Viewer, Visibility
from store.errors import NotFound
from store.models import Document
from store.participants import Role
from store.testing import Place, a_place, give


async def _add(database: Database, place: Place, ident: str, **fields: object) -> Document:
    values = {
        "ident": ident,
        "session_id": place.session,
        "participant_id": place.person,
        "name": "Größe 港.pdf",
        "size": 5_000_000_000,
        "sha256": "0" * 64,
    } | fields
    return await database.write(documents.add, **values)  # type: ignore[arg-type]


async def test_a_document_comes_back_as_it_was_given(database: Database, place: Place) -> None:
    await _add(database, place, "a")
    mine = Viewer(place.person)
    found = await database.read(documents.get, "a", session_id=place.session, viewer=mine)
    assert (found.name, found.size, found.status) == ("Größe 港.pdf", 5_000_000_000, "uploaded")
    assert (found.quote, found.visibility) == ("anonymous", "private")


async def test_the_same_document_twice_is_one(database: Database, place: Place) -> None:
    await _add(database, place, "a")
    again = await _add(database, place, "a", name="other.pdf")
    assert again.name == "Größe 港.pdf"
    assert len(await database.read(documents.of_session, place.session, documents.BOT)) == 1


async def test_people_see_their_own_and_what_is_shown_to_all(
    database: Database, place: Place
) -> None:
    ben = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    other = await database.write(a_place, "Cleo")
    await _add(database, place, "private")
    await _add(database, place, "shared", visibility=Visibility.SESSION)
    for viewer, session, wanted in (
        (Viewer(place.person), place.session, ["private", "shared"]),
        (Viewer(ben.id), place.session, ["shared"]),
        (Viewer(ben.id, everything=True), place.session, ["private", "shared"]),
        (Viewer(place.person, everything=True), other.session, []),
    ):
        found = await database.read(documents.of_session, session, viewer)
        assert [one.id for one in found] == wanted
    with pytest.raises(NotFound):
        await database.read(
            documents.get, "private", session_id=place.session, viewer=Viewer(ben.id)
        )


async def test_only_its_owner_owns_it(database: Database, place: Place) -> None:
    await _add(database, place, "a")
    where = {"session_id": place.session, "participant_id": place.person}
    assert (await database.read(documents.own, "a", **where)).id == "a"
    for wrong in ({"participant_id": "b"}, {"session_id": "b"}):
        with pytest.raises(NotFound):
            await database.read(documents.own, "a", **(where | wrong))


async def test_a_quota_counts_what_is_there(database: Database, place: Place) -> None:
    assert await database.read(documents.bytes_of_session, place.session) == 0
    await _add(database, place, "a")
    document = await _add(database, place, "b", size=7)
    assert await database.read(documents.bytes_of_session, place.session) == 5_000_000_007
    await database.write(documents.remove, document)
    assert await database.read(documents.bytes_of_session, place.session) == 5_000_000_000


async def test_work_that_is_left_is_told(database: Database, place: Place) -> None:
    ready = await give(database, place, "One.")
    await _add(database, place, "a")
    await database.write(documents.advance, ready, model="old")
    assert [one.id for one in await database.read(documents.not_ended)] == ["a"]
    assert await database.read(documents.with_other_model, "new") == [ready]
    assert await database.read(documents.with_other_model, None) == [ready]
    assert await database.read(documents.with_other_model, "old") == []


async def test_text_is_kept_in_place_of_what_was_read_before(
    database: Database, place: Place
) -> None:
    await _add(database, place, "a")
    with pytest.raises(NotFound):
        await database.read(documents.text_of, "a")
    for words in ("first", "second 🦊"):
        await database.write(documents.save_text, "a", text=words, blocks=[["paragraph", 0, 5]])
    found = await database.read(documents.text_of, "a")
    assert (found.text, found.blocks) == ("second 🦊", [["paragraph", 0, 5]])


async def test_nothing_is_kept_of_a_document_that_was_deleted_meanwhile(
    database: Database, place: Place
) -> None:
    with pytest.raises(NotFound):
        await database.write(documents.advance, "gone", percent=5)
    with pytest.raises(NotFound):
        await database.write(documents.save_text, "gone", text="", blocks=[])


async def test_a_removed_document_leaves_nothing(database: Database, place: Place) -> None:
    ident = await give(database, place, "One.", vectors=[(1, 0)])
    await database.write(documents.save_text, ident, text="One.", blocks=[])
    document = await database.read(documents.find, ident)
    assert document is not None
    await database.write(documents.remove, document)
    assert await database.read(documents.find, ident) is None
    with pytest.raises(NotFound):
        await database.read(documents.text_of, ident)
