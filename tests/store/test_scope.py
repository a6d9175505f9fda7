"""`store.scope`: a query that is built once asks for everybody what they may see, and for nobody what another may."""

from __future__ import annotations

from sqlalchemy.orm import Session

from store import documents, participants
from store.database import Database
from store.documents import Viewer
from store.participants import Role
from store.scope import Scope
from store.testing import Place, a_place, give


def _ids(session: Session, scope: Scope) -> list[str]:
    return list(session.scalars(scope.documents, scope.values))


async def test_one_query_asks_for_everybody(database: Database, place: Place) -> None:
    other = await database.write(a_place, "Somebody else")
    ben = await database.write(
        participants.add, session_id=place.session, name="Ben", role=Role.PARTICIPANT
    )
    mine = await give(database, place, "Mine.")
    theirs = await give(database, other, "Theirs.")
    scopes = [
        documents.readable(place.session, Viewer(place.person)),
        documents.readable(place.session, Viewer(ben.id)),
        documents.readable(other.session, Viewer(other.person)),
        documents.readable(other.session, Viewer(place.person)),
    ]
    assert len({id(scope.documents) for scope in scopes}) == 1
    found = [await database.read(_ids, scope) for scope in scopes]
    assert found == [[mine], [], [theirs], []]


def test_everything_is_another_query_than_ones_own() -> None:
    own = documents.readable("session", Viewer("ana"))
    everything = documents.readable("session", Viewer("ana", everything=True))
    assert own.documents is not everything.documents
