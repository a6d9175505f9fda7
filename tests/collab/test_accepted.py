from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from pycrdt import Array, Map, Text, XmlElement, XmlFragment, merge_updates

from collab.accepted import Accepted, DocumentLimits
from collab.document import (
    COMMENTS,
    NOTHING,
    SEED,
    SERVER_CLIENT,
    SESSION,
    STATEMENT,
    SUGGESTIONS,
    Document,
)
from collab.errors import (
    ClockGap,
    CollabError,
    DocumentFull,
    ForeignClient,
    ProtocolError,
    ServerOnly,
    TooLarge,
    Unsupported,
)
from collab.origins import SERVER, Origin, Via
from collab.structs import GC, read_state_vector, read_update, write_update
from collab.wire import write_var_string, write_var_uint
from tests.collab.peers import ALICE, BOB, History, Peer, histories
from tests.work import at_most


@pytest.fixture
def accepted() -> Accepted:
    fresh = Accepted()
    fresh.admit(SEED, SERVER)
    return fresh


def clocks_of(accepted: Accepted) -> dict[int, int]:
    return dict(accepted.clocks)


# -- honest work


def test_an_update_that_is_all_new_is_kept_as_it_came(accepted: Accepted) -> None:
    update = Peer(20).type("hello")
    kept = accepted.admit(update, ALICE)
    assert kept is not None
    assert kept.data is update
    assert clocks_of(accepted)[20] == 5


def test_an_update_that_is_known_is_nothing_new(accepted: Accepted) -> None:
    update = Peer(20).type("hello")
    accepted.admit(update, ALICE)
    assert accepted.admit(update, ALICE) is None
    assert accepted.admit(NOTHING, ALICE) is None
    assert accepted.knows(update)


def test_updates_are_checked_against_what_was_accepted_not_what_was_applied(
    accepted: Accepted,
) -> None:
    peer = Peer(20)
    for word in ["an", "update", "may", "follow", "before", "the", "last", "one", "is", "applied"]:
        assert accepted.admit(peer.type(word), ALICE) is not None


def test_of_a_whole_document_only_what_is_new_is_kept(accepted: Accepted) -> None:
    peer = Peer(20)
    accepted.admit(peer.type("hello "), ALICE)
    peer.edit(lambda p: p.text.__delitem__(slice(0, 2)))
    accepted.admit(peer.doc.get_update(), ALICE)
    peer.type("world")
    kept = accepted.admit(peer.doc.get_update(), ALICE)
    assert kept is not None
    assert len(kept.data) < len(peer.doc.get_update())
    document = Document(state=SEED)
    for update in (peer.doc.get_update(),):
        document.apply(update)
    assert "world" in str(document.statement)


def test_an_old_documents_deletions_are_not_logged_again(accepted: Accepted) -> None:
    peer = Peer(20)
    accepted.admit(peer.type("x" * 2000), ALICE)
    for at in range(900, 0, -1):
        accepted.admit(peer.edit(lambda p, at=at: p.text.__delitem__(slice(at * 2, at * 2 + 1))), ALICE)  # type: ignore[misc]  # fmt: skip
    whole = peer.doc.get_update()
    deletions_only = peer.doc.get_update(peer.doc.get_state())
    assert len(deletions_only) > 2000
    assert accepted.admit(deletions_only, ALICE) is None
    assert accepted.admit(whole, BOB) is None


@pytest.mark.parametrize("history", histories()[:10])
def test_random_histories_of_real_clients_are_accepted(history: History) -> None:
    """Whatever the order of arrival, as long as each client's own work comes in order."""
    accepted = Accepted()
    accepted.admit(history.state, ALICE)
    again = Accepted()
    again.absorb(history.state)
    assert accepted.clocks == again.clocks == read_state_vector(accepted.state_vector())
    for update in history.updates:
        assert accepted.admit(update, ALICE) is None


@pytest.mark.parametrize("history", histories()[10:])
def test_what_is_kept_replays_to_the_same_document(history: History) -> None:
    accepted = Accepted()
    document = Document()
    waiting = list(history.updates)
    while waiting:
        left = []
        for update in waiting:
            try:
                kept = accepted.admit(update, ALICE)
            except ClockGap:  # built on another client's work that has not come yet
                left.append(update)
                continue
            if kept is not None:
                document.apply(kept.data)
        assert len(left) < len(waiting)
        waiting = left
    assert str(document.statement) == history.text
    assert read_state_vector(document.state_vector()) == accepted.clocks


def test_merged_work_of_several_clients_that_refer_to_each_other_is_accepted(
    accepted: Accepted,
) -> None:
    one, two = Peer(20), Peer(40)
    updates = []
    for turn in range(6):
        writer, reader = (one, two) if turn % 2 else (two, one)
        update = writer.type(f"word{turn} ", at=len(writer.text) // 2)
        reader.doc.apply_update(update)
        updates.append(update)
    assert accepted.admit(merge_updates(*updates), ALICE) is not None


def test_writing_into_something_another_person_deletes_is_accepted(accepted: Accepted) -> None:
    one, two = Peer(20), Peer(30)
    made = one.edit(lambda p: p.map(SUGGESTIONS).__setitem__("x", Map({"text": Text("a")})))
    two.doc.apply_update(made)
    written = two.edit(lambda p: p.map(SUGGESTIONS)["x"]["text"].insert(0, "b"))
    deleted = one.edit(lambda p: p.map(SUGGESTIONS).__delitem__("x"))
    document = Document(state=SEED)
    for update, origin in ((made, ALICE), (deleted, ALICE), (written, BOB)):
        kept = accepted.admit(update, origin)
        assert kept is not None
        document.apply(kept.data)
    reloaded = Accepted()
    reloaded.absorb(document.encode())
    assert reloaded.clocks == accepted.clocks


# -- structs of which the beginning is known


def structs(clock: int, *raw: bytes) -> bytes:
    """Return an update of client 20."""
    return write_update([(20, clock, len(raw), b"".join(raw))], {})


def string(text: str, root: str = STATEMENT) -> bytes:
    """Return a struct: a text that begins a root."""
    return b"\x04\x01" + write_var_string(root) + write_var_string(text)


def gone(length: int) -> bytes:
    """Return a struct of which only the length is left."""
    return bytes((GC,)) + write_var_uint(length)


def test_the_rest_of_what_is_known_goes_on_there(accepted: Accepted) -> None:
    accepted.admit(structs(0, string("abc")), ALICE)
    kept = accepted.admit(structs(0, string("abcd")), ALICE)
    assert kept is not None
    document = Document(state=SEED)
    document.apply(structs(0, string("abc")), kept.data)
    assert str(document.statement) == "\nabcd"


@pytest.mark.parametrize("before", [[string("ab"), gone(3)], [gone(5)]])
def test_the_rest_of_what_is_gone_is_gone(accepted: Accepted, before: list[bytes]) -> None:
    """Live, the engine would show it; whoever reads the document later would not find its place."""
    document = Document(state=SEED)
    for update in (structs(0, *before), structs(0, string("hello!"))):
        kept = accepted.admit(update, ALICE)
        assert kept is not None
        document.apply(kept.data)
    assert "!" not in str(document.statement)
    assert Document(state=document.encode()).same_as(document)
    assert clocks_of(accepted)[20] == 6


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (string("abc"), string("abcd", "elsewhere")),
        (string("abc", "elsewhere"), string("abcd")),
        (string("ab"), string("a😀c")),
    ],
)
def test_what_goes_on_elsewhere_than_it_began_or_within_a_character_is_refused(
    accepted: Accepted, first: bytes, then: bytes
) -> None:
    accepted.admit(structs(0, first), ALICE)
    with pytest.raises(Unsupported):
        accepted.admit(structs(0, then), ALICE)
    assert clocks_of(accepted)[20] == len("abc" if b"abc" in first else "ab")
    accepted.admit(Peer(21).type("others go on"), BOB)


# -- what is refused, and changes nothing


def refusals() -> list[tuple[str, Callable[[], bytes], Origin, type[CollabError]]]:
    def gap() -> bytes:
        peer = Peer(20)
        peer.type("one")
        return peer.type("two")

    def unseen_neighbour() -> bytes:
        peer, other = Peer(20), Peer(30)
        peer.doc.apply_update(other.type("unseen"))
        return peer.type("x", at=3)

    def unseen_deletion() -> bytes:
        peer, other = Peer(20), Peer(30)
        peer.doc.apply_update(other.type("unseen"))
        return peer.edit(lambda p: p.text.__delitem__(slice(0, 3)))

    def set_in(root: str) -> Callable[[], bytes]:
        return lambda: Peer(20).edit(lambda p: p.map(root).__setitem__("title", "HACK"))

    def nested_in_session() -> bytes:
        return Peer(20).edit(lambda p: p.map(SESSION).__setitem__("x", Map({"y": Text("z")})))

    def xml_in_a_map() -> bytes:
        return Peer(20).edit(
            lambda p: p.map(COMMENTS).__setitem__("x", XmlFragment([XmlElement("p")]))
        )

    def type_in_the_statement() -> bytes:
        return b"\x01\x01\x14\x00\x87\x01\x00\x01\x00"

    def value_in_the_statement() -> bytes:
        return b"\x01\x01\x14\x00\x88\x01\x00\x01\x7e\x00"

    def below_a_letter() -> bytes:
        return b"\x01\x01\x14\x00\x04\x00\x01\x00\x01a\x00"

    def in_a_circle() -> bytes:
        first = b"\x01\x14\x00\x84\x1e\x00\x01a"
        second = b"\x01\x1e\x00\x84\x14\x00\x01b"
        return b"\x02" + second + first + b"\x00"

    def deep() -> bytes:
        def nest(peer: Peer) -> None:
            inner = peer.map(COMMENTS)
            for _ in range(40):
                inner["x"] = Map({})
                inner = inner["x"]

        return Peer(20).edit(nest)

    def inside(kind: Callable[[], Any], child: bytes) -> Callable[[], bytes]:
        """A shared type in a map, and a child of it that the engine's own types would never make."""

        def make() -> bytes:
            peer = Peer(20)
            made = peer.edit(lambda p: p.map(COMMENTS).__setitem__("x", kind()))
            blocks = read_update(made).blocks
            assert [(block.client, block.end) for block in blocks] == [(20, 1)]
            return made[:1] + b"\x02" + made[2:-1] + child + b"\x00"

        return make

    below = b"\x00\x14\x00"  # parent: unit 0 of client 20

    server = Origin("bot", Via.BOT)
    return [
        ("a gap in its own clock", gap, ALICE, ClockGap),
        ("a neighbour nobody has seen", unseen_neighbour, ALICE, ClockGap),
        ("a deletion of what nobody has seen", unseen_deletion, ALICE, ClockGap),
        ("a write to the server's map", set_in(SESSION), ALICE, ServerOnly),
        ("the bot's write to the server's map", set_in(SESSION), server, ServerOnly),
        ("a type in the server's map", nested_in_session, ALICE, ServerOnly),
        ("XML in a map", xml_in_a_map, ALICE, Unsupported),
        ("a type in the statement", type_in_the_statement, ALICE, Unsupported),
        ("a bare value in the statement", value_in_the_statement, ALICE, Unsupported),
        ("a child of a letter", below_a_letter, ALICE, Unsupported),
        ("letters in an array", inside(Array, b"\x04" + below + b"\x01a"), ALICE, Unsupported),
        (
            "a format in an array",
            inside(Array, b"\x06" + below + b"\x01b\x011"),
            ALICE,
            Unsupported,
        ),
        ("an embed in an array", inside(Array, b"\x05" + below + b"\x011"), ALICE, Unsupported),
        (
            "a key in an array",
            inside(Array, b"\x28" + below + b"\x01k\x01\x7e"),
            ALICE,
            Unsupported,
        ),
        ("letters in a map", inside(Map, b"\x04" + below + b"\x01a"), ALICE, Unsupported),
        ("a bare value in a map", inside(Map, b"\x08" + below + b"\x01\x7e"), ALICE, Unsupported),
        ("a bare value in a text", inside(Text, b"\x08" + below + b"\x01\x7e"), ALICE, Unsupported),
        ("XML in an array", inside(Array, b"\x07" + below + b"\x03\x01p"), ALICE, Unsupported),
        ("structs that wait for each other", in_a_circle, ALICE, ProtocolError),
        ("types nested too deeply", deep, ALICE, Unsupported),
        ("rubbish", lambda: b"\x01\x02\x03", ALICE, ProtocolError),
    ]


@pytest.mark.parametrize(
    ("make", "origin", "error"),
    [pytest.param(*rest, id=name) for name, *rest in refusals()],
)
def test_a_refused_update_changes_nothing(
    accepted: Accepted, make: Callable[[], bytes], origin: Origin, error: type[CollabError]
) -> None:
    before = accepted.state_vector(), accepted.size
    with pytest.raises(error):
        accepted.admit(make(), origin)
    assert (accepted.state_vector(), accepted.size) == before
    assert accepted.admit(Peer(20).type("still works"), ALICE) is not None


def test_overwriting_and_deleting_in_the_servers_map_is_refused(accepted: Accepted) -> None:
    server = Peer(SERVER_CLIENT)
    shown = server.edit(lambda p: p.map(SESSION).__setitem__("title", "Harbour"))
    accepted.admit(shown, SERVER)
    peer = Peer(20)
    peer.doc.apply_update(shown)
    with pytest.raises(ServerOnly):
        accepted.admit(peer.edit(lambda p: p.map(SESSION).__setitem__("title", "HACK")), ALICE)
    peer = Peer(20)
    peer.doc.apply_update(shown)
    with pytest.raises(ServerOnly):
        accepted.admit(peer.edit(lambda p: p.map(SESSION).__delitem__("title")), ALICE)


def test_an_item_between_neighbours_of_different_places_is_refused(accepted: Accepted) -> None:
    """K3: the engine links such an item into a circle and never comes back from reading it."""
    peer = Peer(20)
    accepted.admit(
        peer.edit(lambda p: p.doc.get("a", type=Array).extend([1, 2, 3])), ALICE
    )  # clocks 0..2 in the array `a`
    crossed = bytes.fromhex("01011403c4") + b"\x14\x01\x01\x00" + b"\x01x\x00"
    with pytest.raises(Unsupported, match="different places"):
        accepted.admit(crossed, ALICE)


def test_a_client_id_belongs_to_one_person(accepted: Accepted) -> None:
    alice, mallory = Peer(20), Peer(20)
    accepted.admit(alice.type("mine"), ALICE)
    mallory.doc.apply_update(alice.doc.get_update())
    with pytest.raises(ForeignClient):
        accepted.admit(mallory.type("forged"), BOB)
    assert accepted.owner(20) == "alice"
    assert not accepted.reserve(20, "bob")


def test_what_was_reserved_is_inherited_where_nothing_else_is_known(accepted: Accepted) -> None:
    former = Accepted()
    former.reserve(20, "alice")
    former.reserve(30, "alice")
    accepted.reserve(30, "bob")
    accepted.inherit(former)
    assert (accepted.owner(20), accepted.owner(30)) == ("alice", "bob")


def test_known_work_of_others_may_be_sent_along(accepted: Accepted) -> None:
    alice, bob = Peer(20), Peer(30)
    accepted.admit(alice.type("mine "), ALICE)
    bob.doc.apply_update(alice.doc.get_update())
    bob.type("too")
    assert accepted.admit(bob.doc.get_update(), BOB) is not None
    assert accepted.owner(30) == "bob"


def test_no_client_writes_under_the_servers_ids(accepted: Accepted) -> None:
    with pytest.raises(ForeignClient):
        accepted.admit(Peer(SERVER_CLIENT).type("forged"), ALICE)
    assert accepted.admit(Peer(SERVER_CLIENT).type("real"), Origin("bot", Via.BOT)) is not None


def test_limits_hold_for_what_is_new_only() -> None:
    accepted = Accepted(DocumentLimits(max_update_bytes=1000, max_document_bytes=3000))
    accepted.admit(SEED, SERVER)
    peer = Peer(20)
    for _ in range(2):
        accepted.admit(peer.type("x" * 900), ALICE)
    assert accepted.admit(peer.doc.get_update(), ALICE) is None
    with pytest.raises(TooLarge, match="update of"):
        accepted.admit(Peer(30).type("x" * 1200), BOB)
    accepted.admit(peer.type("x" * 900), ALICE)
    with pytest.raises(TooLarge, match="document of"):
        accepted.admit(peer.type("x" * 900), ALICE)


def test_a_full_document_still_takes_deletions_and_the_servers_notes() -> None:
    accepted = Accepted(DocumentLimits(max_document_bytes=1100))
    accepted.admit(SEED, SERVER)
    peer = Peer(20)
    accepted.admit(peer.type("x" * 1000), ALICE)
    with pytest.raises(DocumentFull):
        accepted.admit(Peer(30).type("y" * 100), BOB)
    assert (
        accepted.admit(peer.edit(lambda it: it.text.__delitem__(slice(0, 990))), ALICE) is not None
    )
    assert accepted.admit(Peer(SERVER_CLIENT).type("z" * 100), SERVER) is not None
    accepted.measured(200)
    assert accepted.admit(Peer(30).type("y" * 100), BOB) is not None


def test_checking_is_quick_also_for_updates_made_to_be_slow(accepted: Accepted) -> None:
    """Many clients, each waiting for the next one, in the worst order."""
    clients = 8_000
    parts = []
    for n in range(clients):
        client = write_var_uint(100 + n)
        waits_for = write_var_uint(100 + n + 1) + b"\x00"
        if n == clients - 1:
            waits_for = b"\x01\x00"
        parts.append(b"\x01" + client + b"\x00\x84" + waits_for + b"\x01a")
    update = write_var_uint(clients) + b"".join(parts) + b"\x00"
    with at_most(2):
        assert accepted.admit(update, ALICE) is not None


def test_what_is_admitted_the_engine_takes() -> None:
    """Mutants of real updates, met at every point of their history: the document never breaks."""
    rng = random.Random(2)
    taken = 0
    for history in histories():
        accepted, document = Accepted(), Document()
        for update in history.updates:
            tries = [mutant(update, rng) for _ in range(20)]
            for data in (*tries, update):
                try:
                    kept = accepted.admit(data, ALICE)
                except CollabError:
                    continue
                if kept is not None:
                    document.apply(kept.data)
                    taken += data is not update
        assert read_state_vector(document.state_vector()) == accepted.clocks
    assert taken > 200


def mutant(update: bytes, rng: random.Random) -> bytes:
    data = bytearray(update)
    for _ in range(rng.randrange(1, 3)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)
