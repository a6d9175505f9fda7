from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from pycrdt import Map, Text

from collab import positions
from collab.document import (
    COMMENTS,
    NOTHING,
    SEED,
    STATEMENT,
    Document,
    check_decodable,
    is_empty,
)
from collab.errors import DocumentBroken, ProtocolError
from tests.collab.peers import Peer, histories

#: A run of bytes that the structural reader refuses and the engine panics on (an own parent).
PANIC = bytes.fromhex("0102c197fd820ac197fd820a00060400c197fd820a020568656c6c6f00")


def test_the_seed_is_one_newline_under_a_fixed_client() -> None:
    document = Document(state=SEED)
    assert str(document.statement) == "\n"
    document.apply(SEED)
    assert str(document.statement) == "\n"
    assert document.state_vector() == b"\x01\x01\x01"


def test_an_edit_returns_what_it_did() -> None:
    document, other = Document(state=SEED), Document(state=SEED)
    update = document.edit(lambda d: positions.insert(d.statement, 0, "hé"))
    other.apply(update)
    assert str(other.statement) == "hé\n"


def test_a_fork_goes_its_own_way() -> None:
    document = Document(state=SEED)
    fork = document.fork()
    fork.edit(lambda d: positions.insert(d.statement, 0, "tried"))
    assert str(document.statement) == "\n"


def test_a_peer_gets_what_it_misses() -> None:
    document, peer = Document(state=SEED), Peer(20)
    document.apply(peer.type("hello"))
    assert document.missing_for(peer.doc.get_state()) == NOTHING
    newcomer = Document(state=document.missing_for(b"\x00"))
    assert str(newcomer.statement) == "hello\n"
    with pytest.raises(ProtocolError):
        document.missing_for(b"\x80\x80\x80\x80\x01")


def test_a_panic_of_the_engine_stops_here_and_breaks_this_document_only() -> None:
    document, other = Document(state=SEED), Document(state=SEED)
    with pytest.raises(DocumentBroken):
        document.apply(PANIC)
    with pytest.raises(DocumentBroken):
        document.encode()
    assert str(other.statement) == "\n"


def test_bytes_the_engine_does_not_take_break_it_too() -> None:
    """After an update was logged, a refusal is not the sender's problem any more."""
    with pytest.raises(DocumentBroken):
        Document(state=SEED).apply(b"\x01\x02\x03")


def test_the_engine_can_be_asked_without_applying() -> None:
    check_decodable(SEED)
    with pytest.raises(ProtocolError):
        check_decodable(b"\x01\x02\x03")


def test_documents_are_compared_by_what_they_hold() -> None:
    peer = Peer(20)
    updates = [peer.type(f"{n} ") for n in range(9)]
    updates.append(peer.edit(lambda p: p.text.__delitem__(slice(2, 5))))
    one_by_one, at_once = Document(state=SEED), Document(state=SEED)
    for update in updates:
        one_by_one.apply(update)
    at_once.apply(*updates)
    assert one_by_one.same_as(at_once)
    at_once.apply(peer.edit(lambda p: p.text.__delitem__(slice(0, 1))))
    assert not one_by_one.same_as(at_once)
    assert not one_by_one.same_as(Document(state=SEED))


def test_an_empty_update_is_told_from_others() -> None:
    assert is_empty(NOTHING)
    assert not is_empty(SEED)


def test_what_happens_to_the_statement_is_told_until_nobody_wants_it() -> None:
    document = Document(state=SEED)
    told: list[list[dict[str, Any]]] = []
    following = document.follow_statement(told.append)
    document.edit(lambda d: positions.insert(d.statement, 0, "hé"))
    document.edit(lambda d: d.root_map(COMMENTS).update({"a": "no text"}))
    document.edit(lambda d: d.statement.insert_embed(3, {"image": "x"}))
    assert told == [[{"insert": "hé"}], [{"retain": 3}, {"insert": {"image": "x"}}]]
    del following
    document.edit(lambda d: positions.insert(d.statement, 0, "more"))
    assert len(told) == 2


def test_a_document_that_is_let_go_is_freed_at_once() -> None:
    gc.disable()
    try:
        document = Document(state=histories()[0].state)
        engine = weakref.ref(document._engine)
        document.edit(lambda d: positions.insert(d.statement, 0, "x"))
        document.root_map(COMMENTS)["a"] = Map({"text": Text("y")})
        document.fork()
        assert str(document.statement)
        del document
        assert engine() is None
    finally:
        gc.enable()


def test_other_clients_see_the_roots_by_their_names() -> None:
    document = Document(state=SEED)
    document.edit(lambda d: d.root_map(COMMENTS).__setitem__("a", 1))
    peer = Peer(20, seeded=False)
    peer.doc.apply_update(document.encode())
    assert str(peer.doc.get(STATEMENT, type=Text)) == "\n"
    assert peer.map(COMMENTS).to_py() == {"a": 1.0}
