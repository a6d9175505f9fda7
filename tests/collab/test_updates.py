from __future__ import annotations

import random

from collab.accepted import Accepted
from collab.document import SEED, Document
from collab.errors import ClockGap
from collab.origins import SERVER
from collab.updates import AcceptedUpdate, merge
from tests.collab.peers import ALICE, Peer, histories


def admitted(updates: list[bytes]) -> list[AcceptedUpdate]:
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    found = [accepted.admit(update, ALICE) for update in updates]
    return [one for one in found if one is not None]


def test_many_updates_become_one_that_holds_them_all() -> None:
    peer = Peer(20)
    updates = [peer.type(f"{n}é ") for n in range(500)]
    updates.append(peer.edit(lambda p: p.text.__delitem__(slice(0, 4))))
    (merged,) = merge(admitted(updates))
    document = Document(state=SEED)
    document.apply(merged)
    assert str(document.statement) == str(peer.text)
    assert len(merged) < sum(map(len, updates))


def test_one_update_stays_as_it_is() -> None:
    (update,) = admitted([Peer(20).type("hello")])
    assert merge([update])[0] is update.data


def test_real_histories_merge_to_what_they_are_one_by_one() -> None:
    rng = random.Random(4)
    for history in histories():
        accepted, one_by_one, merged = Accepted(), Document(), Document()
        waiting: list[AcceptedUpdate] = []
        for update in history.updates:
            try:
                kept = accepted.admit(update, ALICE)
            except ClockGap:
                continue
            if kept is not None:
                one_by_one.apply(kept.data)
                waiting.append(kept)
            if waiting and rng.random() < 0.2:
                merged.apply(*merge(waiting))
                waiting = []
        if waiting:
            merged.apply(*merge(waiting))
        assert merged.same_as(one_by_one)


def test_a_struct_that_reaches_back_begins_an_update_of_its_own() -> None:
    """A client sends its run whole again, longer: the known part cannot be joined to itself."""
    peer = Peer(20)
    first = peer.type("abc")
    second = peer.doc.get_update(SEED_VECTOR) if peer.type("def") else b""
    updates = admitted([first, second])
    assert [block.clock for update in updates for block in update.blocks] == [0, 0]
    document = Document(state=SEED)
    parts = merge(updates)
    document.apply(*parts)
    assert len(parts) == 2
    assert str(document.statement) == "abcdef\n"


SEED_VECTOR = b"\x01\x01\x01"
