from __future__ import annotations

from rooms.trial import FAILED, FOLLOWS, Trial, run
from tests.collab.peers import Peer
from tests.rooms.poison import SELF_PARENT
from tests.rooms.test_containment import stored


def replay(trial: Trial) -> tuple[int, list[str]]:
    said: list[str] = []
    return run(trial, said.append), said


def test_it_says_what_it_is_about_to_do() -> None:
    peer = Peer(20)
    code, said = replay(Trial(stored(peer.type("one "), peer.type("two ")), frozenset()))
    assert (code, said) == (0, ["snapshot", "row 1", "row 2", "row 3", "reading", "done"])


def test_it_names_what_fails_and_goes_without_what_is_left_out() -> None:
    peer = Peer(20)
    rows = stored(SELF_PARENT, peer.type("one "))
    code, said = replay(Trial(rows, frozenset()))
    assert code == FAILED
    assert said[-1].startswith("bad 2 ")
    assert replay(Trial(rows, frozenset({2})))[0] == 0


def test_what_builds_on_what_is_left_out_is_named_and_the_rest_replayed() -> None:
    peer, other = Peer(20), Peer(21)
    rows = stored(peer.type("one "), peer.type("two "), other.type("three "))
    code, said = replay(Trial(rows, frozenset({2})))
    assert code == FAILED
    assert f"bad 3 {FOLLOWS}" in " ".join(said)
    assert said[-3:] == ["row 4", "reading", "done"]


def test_it_stops_where_it_is_told() -> None:
    peer = Peer(20)
    rows = stored(peer.type("one "), SELF_PARENT)
    assert replay(Trial(rows, frozenset(), upto=2))[0] == 0
