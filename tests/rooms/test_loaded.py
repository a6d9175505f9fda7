from __future__ import annotations

from pycrdt import Doc, Text

from collab.accepted import Accepted
from collab.document import SEED, STATEMENT, Document
from collab.messages import STEP2, UPDATE
from collab.origins import Origin, Via
from rooms.loaded import Loaded


def typed(client: int) -> bytes:
    """Return what a client sends that writes into an empty statement."""
    doc: Doc[Text] = Doc(client_id=client)
    doc.get(STATEMENT, type=Text).insert(0, "Quay. ")
    return doc.get_update()


def loaded() -> Loaded:
    document, accepted = Document(state=SEED), Accepted()
    accepted.absorb(SEED)
    return Loaded(document, accepted, 1, 0)


def test_all_who_are_at_the_same_point_get_the_same_frame_until_something_changes() -> None:
    here = loaded()
    nothing = b"\x00"
    first = here.difference(STEP2, nothing)
    assert here.difference(STEP2, nothing) is first
    assert here.difference(UPDATE, nothing) is not first
    here.apply(typed(1000))
    assert here.difference(STEP2, nothing).payload != first.payload


def test_a_client_is_new_once_and_the_servers_own_are_never() -> None:
    here = loaded()
    assert here.new_clients() == ()
    for client in (1000, 2000):
        assert here.accepted.admit(typed(client), Origin("ana", Via.SOCKET)) is not None
    assert here.new_clients() == (1000, 2000)
    assert here.new_clients() == ()
