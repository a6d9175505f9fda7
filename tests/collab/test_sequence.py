from __future__ import annotations

import random

import pytest

from collab.accepted import Accepted
from collab.document import SEED, STATEMENT, Document
from collab.errors import ClockGap, Unsupported
from collab.origins import SERVER
from collab.sequence import Line, Order, Run
from collab.structs import STRING, Id, read_update, write_state_vector
from collab.wire import read_var_string, write_var_uint
from tests.collab.peers import ALICE, BOB, History, Peer, histories


def units_of(line: Line) -> list[Id]:
    found = []
    run = line.start
    while run is not None:
        found += [(run.client, clock) for clock in range(run.clock, run.end)]
        run = run.right
    return found


def text_in_order(accepted: Accepted, state: bytes) -> str:
    """The statement, put together from the order kept here and the characters in a document's encoding."""
    update = read_update(state)
    characters: dict[Id, str] = {}
    for block in update.blocks:
        for struct in block.structs:
            if struct.kind == STRING:
                clock = struct.clock
                for character in read_var_string(state, struct.content)[0]:
                    characters[block.client, clock] = character
                    clock += 2 if character > "\uffff" else 1
    for client, ranges in update.deletes.items():
        for first, end in ranges:
            for clock in range(first, end):
                characters.pop((client, clock), None)
    line = accepted._lines[STATEMENT, None]
    return "".join(characters.get(unit, "") for unit in units_of(line))


@pytest.mark.parametrize("history", histories())
def test_the_order_is_the_one_yjs_has(history: History) -> None:
    """Real histories, met update by update and as a whole: the same order, and the text of JavaScript Yjs."""
    step_by_step, whole = Accepted(), Accepted()
    waiting = list(history.updates)
    while waiting:
        left = []
        for update in waiting:
            try:
                step_by_step.admit(update, ALICE)
            except ClockGap:
                left.append(update)
        assert len(left) < len(waiting)
        waiting = left
    whole.absorb(history.state)
    assert text_in_order(step_by_step, history.state) == history.text
    assert text_in_order(whole, history.state) == history.text


def test_random_typing_of_many_keeps_the_engines_order() -> None:
    rng = random.Random(5)
    accepted, document = Accepted(), Document(state=SEED)
    accepted.admit(SEED, SERVER)
    peers = [Peer(20 + n) for n in range(4)]
    for _ in range(300):
        peer = rng.choice(peers)
        update = peer.type("ab", at=rng.randrange(len(peer.text) + 1))
        kept = accepted.admit(update, ALICE)
        assert kept is not None
        document.apply(kept.data)
        if rng.random() < 0.4:
            other = rng.choice(peers)
            other.doc.apply_update(document.missing_for(other.doc.get_state()))
    assert text_in_order(accepted, document.encode()) == str(document.statement)


def test_typing_on_makes_a_run_longer_and_not_a_new_one() -> None:
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    peer = Peer(20)
    for word in ("one ", "two ", "three "):
        accepted.admit(peer.type(word), ALICE)
    line = accepted._lines[STATEMENT, None]
    assert line.start is not None
    assert (line.start.client, line.start.length) == (20, 14)


def test_typing_on_while_others_type_behind_makes_a_run_longer_too() -> None:
    """Else each letter would be a run of its own, and finding its place would cost as many steps as there are."""
    accepted, document = Accepted(), Document(state=SEED)
    accepted.admit(SEED, SERVER)
    peers = [Peer(20 + n) for n in range(5)]
    for word in ("one ", "two ", "three "):
        for peer in peers:
            kept = accepted.admit(peer.type(word, at=len(peer.text)), ALICE)
            assert kept is not None
            document.apply(kept.data)
    for peer in peers:
        run = accepted._order.last(peer.doc.client_id)
        assert run is not None
        assert (run.clock, run.length) == (0, 14)
    assert text_in_order(accepted, document.encode()) == str(document.statement)


def test_who_types_on_goes_before_what_somebody_put_at_the_same_place(typed: Accepted) -> None:
    """By the rule for two at one place: the lower client id stands left, whoever came first."""
    line = typed._lines[STATEMENT, None]
    typed.admit(item(18, (20, 2), (1, 0)), BOB)
    on = b"\xc4\x14\x02\x01\x00\x03xyz"
    typed.admit(bytes((1, 1, 20, 3)) + on + b"\x00", ALICE)
    assert units_of(line)[3:] == [(18, 0), (20, 3), (20, 4), (20, 5), (1, 0)]


def refused(accepted: Accepted, update: bytes) -> str:
    with pytest.raises(Unsupported) as caught:
        accepted.admit(update, BOB)
    return str(caught.value)


def item(client: int, left: Id | None, right: Id | None) -> bytes:
    """An update with one letter of a new client between two units."""
    info = STRING | (0x80 if left else 0) | (0x40 if right else 0)
    refs = b"".join(bytes((one[0], one[1])) for one in (left, right) if one is not None)
    if left is None and right is None:
        refs = b"\x01" + bytes((len(STATEMENT),)) + STATEMENT.encode()
    return bytes((1, 1, client, 0, info)) + refs + b"\x01x\x00"


@pytest.fixture
def typed() -> Accepted:
    """`abc` by client 20, then the seed's newline."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    accepted.admit(Peer(20).type("abc"), ALICE)
    return accepted


def test_neighbours_the_wrong_way_round_are_refused(typed: Accepted) -> None:
    refused(typed, item(30, (20, 2), (20, 0)))
    refused(typed, item(30, (20, 1), (20, 1)))
    assert "wrong way round" in refused(typed, item(30, (1, 0), (20, 0)))


def test_neighbours_that_never_were_any_are_refused(typed: Accepted) -> None:
    assert "never were" in refused(typed, item(30, (20, 0), (20, 2)))
    assert "never were" in refused(typed, item(30, None, (20, 1)))
    assert "never were" in refused(typed, item(30, (20, 0), None))


def test_what_an_author_knew_only_by_what_others_knew_counts_as_known() -> None:
    """Who stands beside the newline of somebody who stood beside the seed knows the seed."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    after_seed = item(20, (1, 0), None)
    accepted.admit(after_seed, ALICE)
    assert "never were" in refused(accepted, item(30, None, (20, 0)))


def test_who_has_somebodys_later_work_need_not_have_their_earlier_work() -> None:
    """
    The engine takes what comes after a gap if it refers to nothing in the gap, and people see it and write beside it.

    Found by the convergence test: such a client was refused whatever it wrote from then on.
    """
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    ana, ben, carol = Peer(20), Peer(30), Peer(40)
    accepted.admit(begin := ana.type("one two"), ALICE)
    ben.doc.apply_update(begin)
    carol.doc.apply_update(begin)
    first, later = ben.type("more than ", at=0), ben.type("!", at=17)
    accepted.admit(first, BOB)
    accepted.admit(later, BOB)
    carol.doc.apply_update(later)  # she was told before she got the answer to her first question
    assert str(carol.text) == "one two!\n"
    assert accepted.admit(carol.type("?", at=8), ALICE) is not None
    assert accepted.admit(carol.type("say ", at=0), ALICE) is not None
    carol.doc.apply_update(first)
    for update in (first, later, carol.doc.get_update()):
        ana.doc.apply_update(update)
    assert str(ana.text) == str(carol.text)
    assert text_in_order(accepted, ana.doc.get_update()) == str(ana.text)


@pytest.mark.parametrize("seed", range(40))
def test_nobody_is_refused_who_misses_some_of_what_others_write_for_a_while(seed: int) -> None:
    rng = random.Random(seed)
    accepted, document = Accepted(), Document(state=SEED)
    accepted.admit(SEED, SERVER)
    peers = [Peer(20 + n) for n in range(3)]
    for _ in range(120):
        author = rng.choice(peers)
        update = author.type(
            rng.choice("abc") * rng.randrange(1, 4), at=rng.randrange(len(author.text))
        )
        kept = accepted.admit(update, ALICE)
        assert kept is not None
        document.apply(kept.data)
        for peer in peers:
            if peer is not author and rng.random() < 0.5:
                peer.doc.apply_update(kept.data)
        if rng.random() < 0.1:
            author.doc.apply_update(document.missing_for(author.doc.get_state()))
    for peer in peers:
        peer.doc.apply_update(document.missing_for(peer.doc.get_state()))
    assert {str(peer.text) for peer in peers} == {str(document.statement)}
    assert text_in_order(accepted, document.encode()) == str(document.statement)


def test_what_the_author_had_not_seen_may_stand_between(typed: Accepted) -> None:
    """Two people type at the same place at the same time."""
    assert typed.admit(item(30, (20, 2), (1, 0)), BOB) is not None
    assert typed.admit(item(40, (20, 2), (1, 0)), ALICE) is not None
    assert typed.admit(item(25, (20, 2), (1, 0)), BOB) is not None
    line = typed._lines[STATEMENT, None]
    assert units_of(line)[3:] == [(25, 0), (30, 0), (40, 0), (1, 0)]


def test_what_is_refused_leaves_the_order_as_it_was(typed: Accepted) -> None:
    line = typed._lines[STATEMENT, None]
    before = units_of(line)
    good = b"\x84\x14\x01\x01x"
    bad = b"\xc4\x14\x02\x14\x00\x01y"
    refused(typed, bytes((1, 2, 30, 0)) + good + bad + b"\x00")
    assert units_of(line) == before
    assert typed.admit(item(30, (20, 1), (20, 2)), BOB) is not None


def test_what_a_refused_update_showed_to_know_is_not_known(typed: Accepted) -> None:
    """Else what is shown later, and earlier in the author's work, would not be noted."""
    good = b"\x84\x01\x00\x01x"
    bad = b"\xc4\x14\x02\x14\x00\x01y"
    refused(typed, bytes((1, 3, 30, 0)) + b"\x00\x05" + good + bad + b"\x00")
    typed.admit(item(30, (1, 0), None), BOB)
    between = b"\x01\x01\x1e\x01" + b"\xc4\x14\x02\x1e\x00\x01y\x00"
    assert "never were" in refused(typed, between)


def test_what_the_refused_item_itself_showed_to_know_is_not_known(typed: Accepted) -> None:
    """Found by fuzzing, seed 1980839648: two engines ordered what was let in then differently."""
    wrong = b"\xc4\x01\x00\x14\x00\x01y"
    refused(typed, bytes((1, 2, 30, 0)) + b"\x00\x05" + wrong + b"\x00")
    typed.admit(item(30, (1, 0), None), BOB)
    before_the_seed = b"\x01\x01\x1e\x01" + b"\x44\x1e\x00\x01y\x00"
    assert "never were" in refused(typed, before_the_seed)


def test_a_refused_update_may_have_cut_what_it_added(typed: Accepted) -> None:
    line = typed._lines[STATEMENT, None]
    typed.admit(item(30, (20, 2), (1, 0)), BOB)
    before = units_of(line)
    longer = b"\xc4\x1e\x00\x01\x00\x03xyz"
    inside = b"\xc4\x1e\x01\x1e\x02\x01i"
    wrong = b"\xc4\x14\x02\x14\x00\x01y"
    refused(typed, bytes((1, 3, 30, 1)) + longer + inside + wrong + b"\x00")
    assert units_of(line) == before
    assert typed.admit(bytes((1, 1, 30, 1)) + longer + b"\x00", BOB) is not None
    assert units_of(line) == [*before[:4], (30, 1), (30, 2), (30, 3), *before[4:]]


def test_the_two_ends_of_a_long_text_are_no_place_for_an_item() -> None:
    """Looking for the place is bounded, whatever two units are named."""
    order, line = Order(), Line(STATEMENT, None)
    last: Run | None = None
    for client in range(1, 25_000):
        run = Run(client, 0, 1, None, None, line, client)
        order._of(client).append(run)
        order._link(run, last)
        last = run
    with pytest.raises(Unsupported, match="too far apart"):
        order.place(line, 30_000, 0, 1, (1, 0), (24_999, 0))


def _crowd(first: int, count: int) -> bytes:
    """An update of so many clients, each with one letter before the newline of the seed."""
    letters = (
        b"\x01" + write_var_uint(first + number) + b"\x00\x44\x01\x00\x01x"
        for number in range(count, 0, -1)
    )
    return write_var_uint(count) + b"".join(letters) + b"\x00"


def test_what_is_looked_at_for_all_items_of_an_update_is_bounded_too() -> None:
    """Of 8,000 letters at one place each had to pass those before it: 11 s for 72 kB, and as long in every browser."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    assert "too far apart" in refused(accepted, _crowd(1000, 1500))
    assert accepted.state_vector() == write_state_vector({1: 1})
    assert accepted.admit(_crowd(1000, 250), BOB) is not None


def test_who_comes_back_with_much_work_to_a_place_where_much_was_written_is_not_refused() -> None:
    """Also where each of their pieces has to pass all of it."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    peer = Peer(20)
    before = peer.doc.get_state()
    for _ in range(30):
        peer.type("mine ")
        peer.type("first ", at=0)
    for first in range(1000, 2000, 20):
        accepted.admit(_crowd(first, 20), BOB)
    update = peer.doc.get_update(before)
    assert len(accepted.clocks) == 1001
    assert accepted.admit(update, ALICE) is not None


def test_many_items_do_not_hide_a_wrong_one_behind_them() -> None:
    """What an author has seen is found once for all items of an update, not anew for each while looks are left."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    accepted.admit(_crowd(1000, 2), BOB)
    letters = b"\x44\x01\x00\x01x" + b"".join(
        b"\x44" + write_var_uint(5000) + write_var_uint(clock) + b"\x01x" for clock in range(299)
    )
    past_all_of_them = b"\x44\x01\x00\x01y"
    many = b"\x01" + write_var_uint(301) + write_var_uint(5000) + b"\x00"
    assert "never were" in refused(accepted, many + letters + past_all_of_them + b"\x00")


def test_what_was_seen_stays_seen_when_it_is_cut() -> None:
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    accepted.admit(item(31, None, (1, 0)), BOB)
    accepted.admit(b"\x01\x01\x1e\x00\x44\x01\x00\x06abcdef\x00", BOB)
    beside_the_last = b"\xc4\x1e\x05\x01\x00\x01x"
    gone, beside_that = b"\x00\x01", b"\xc4\x32\x00\x01\x00\x01y"
    past_the_second_half = b"\xc4\x1e\x02\x32\x00\x01z"
    items = beside_the_last + gone + beside_that + past_the_second_half
    assert "never were" in refused(accepted, bytes((1, 4, 50, 0)) + items + b"\x00")


def test_many_authors_of_one_update_are_not_looked_into_for_ever() -> None:
    """Each has seen something else, so what is looked at for all of them together is bounded too."""
    accepted = Accepted()
    accepted.admit(SEED, SERVER)
    accepted.admit(item(31, None, (1, 0)), BOB)
    accepted.admit(item(30, None, (1, 0)), BOB)
    last = write_var_uint(30) + b"\x00"
    for client in range(1000, 1300):
        accepted.admit(
            b"\x01\x01" + write_var_uint(client) + b"\x00\xc4" + last + b"\x01\x00\x01x\x00", BOB
        )
        last = write_var_uint(client) + b"\x00"
    beside_it = b"\x00\xc4" + last + b"\x01\x00\x01x"
    authors = [b"\x01" + write_var_uint(client) + beside_it for client in range(2200, 2000, -1)]
    update = write_var_uint(len(authors)) + b"".join(authors) + b"\x00"
    assert "too far apart" in refused(accepted, update)
    assert accepted.admit(b"\x01" + authors[0] + b"\x00", BOB) is not None
