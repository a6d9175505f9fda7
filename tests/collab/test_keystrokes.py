"""Typing on is a short cut: what it admits is what the whole check would have admitted, and it admits nothing else."""

from __future__ import annotations

import random

import pytest
from pycrdt import Doc, Text

from collab.accepted import Accepted, DocumentLimits
from collab.document import SEED, STATEMENT
from collab.errors import CollabError
from collab.origins import Origin, Via

ANA, BEN = Origin("ana", Via.SOCKET), Origin("ben", Via.SOCKET)
LETTERS = (
    "a",
    "xy z",
    "\n",
    "\u00e9\u00e9",
    "\u4f60\u597d",
    "\U0001f389",
    "a\U0001f389b",
    "w" * 126,
    "w" * 300,
)


class Writer:
    """A client with a document of its own."""

    def __init__(self, client: int, origin: Origin) -> None:
        self.doc: Doc[Text] = Doc(client_id=client)
        self.doc.apply_update(SEED)
        self.text = self.doc.get(STATEMENT, type=Text)
        self.origin = origin
        self.updates: list[bytes] = []
        self.doc.observe(lambda event: self.updates.append(event.update))

    def does(self, rng: random.Random) -> bytes:
        """Do something a client does; return its update."""
        self.updates.clear()
        places = [i for i in range(len(self.text) + 1) if _fits(self.text, i)]
        if self.at in places and rng.random() < 0.75:
            self.put(self.at, rng.choice(LETTERS))
        elif rng.random() < 0.7 or len(places) < 4:
            self.put(rng.choice(places), rng.choice(LETTERS))
        else:
            first, end = sorted(rng.sample(places, 2))
            del self.text[first:end]
        return self.updates[0]

    at = 0

    def put(self, at: int, letters: str) -> None:
        """Write, and stay behind what was written."""
        self.text.insert(at, letters)
        self.at = at + len(letters.encode())


def _fits(text: Text, at: int) -> bool:
    raw = str(text).encode()
    return at == len(raw) or raw[at] & 0xC0 != 0x80


def fresh(limits: DocumentLimits | None = None) -> Accepted:
    accepted = Accepted(limits)
    accepted.absorb(SEED)
    return accepted


@pytest.mark.parametrize("seed", range(12))
def test_the_short_cut_leads_where_the_road_leads(seed: int) -> None:
    rng = random.Random(seed)
    writers = [Writer(5000 + seed, ANA), Writer(4_000_000_000, BEN)]
    short, whole = fresh(), fresh()
    cuts = 0
    for _ in range(150):
        writer = rng.choice(writers)
        update = writer.does(rng)
        person = writer.origin
        cut = short.type_on(update, person.person)
        cuts += cut is not None
        one = cut or short.admit(update, person)
        other = whole.admit(update, person)
        assert one == other
        assert (short.clocks, short.size) == (whole.clocks, whole.size)
        for peer in writers:
            if peer is not writer:
                peer.doc.apply_update(update)
    assert cuts > 20
    assert [_runs(short, writer) for writer in writers] == [_runs(whole, w) for w in writers]


def _runs(accepted: Accepted, writer: Writer) -> list[tuple[object, ...]]:
    found = accepted._order.between(writer.doc.client_id, 0, 2**31)
    return [(run.clock, run.length, run.origin, run.right_origin) for run in found]


def typing(accepted: Accepted) -> tuple[bytes, bytes]:
    """Let Ana type two letters, one after the other; return both updates, the first admitted."""
    ana = Writer(5000, ANA)
    ana.put(0, "a")
    first = ana.doc.get_update()
    before = ana.doc.get_state()
    ana.put(1, "b")
    assert accepted.admit(first, ANA) is not None
    return first, ana.doc.get_update(before)


def test_what_somebody_else_sends_under_the_same_client_is_for_the_whole_check() -> None:
    accepted = fresh()
    _, second = typing(accepted)
    assert accepted.type_on(second, "ben") is None
    with pytest.raises(CollabError):
        accepted.admit(second, BEN)
    assert accepted.type_on(second, "ana") is not None


def test_nothing_counts_twice_and_no_clock_is_left_out() -> None:
    accepted = fresh()
    first, second = typing(accepted)
    assert accepted.type_on(first, "ana") is None
    assert accepted.type_on(second, "ana") is not None
    size = accepted.size
    assert accepted.type_on(second, "ana") is None
    assert accepted.size == size


def test_bytes_that_are_nearly_typing_are_for_the_whole_check() -> None:
    for at in range(60):
        for value in (0, 1, 0x7F, 0x80, 0xC3, 0xFF):
            accepted = fresh()
            _, second = typing(accepted)
            if at >= len(second):
                return
            broken = second[:at] + bytes((value,)) + second[at + 1 :]
            before = dict(accepted.clocks)
            if accepted.type_on(broken, "ana") is None:
                assert accepted.clocks == before
                continue
            other = fresh()
            typing(other)
            assert other.admit(broken, ANA) is not None  # then it was sound after all
            assert other.clocks == accepted.clocks


def test_limits_hold() -> None:
    accepted = fresh(DocumentLimits(max_document_bytes=len(SEED) + 60))
    _, second = typing(accepted)
    accepted.measured(accepted.limits.max_document_bytes)
    assert accepted.type_on(second, "ana") is None
    small = fresh(DocumentLimits(max_update_bytes=40))
    _, second = typing(small)
    assert small.type_on(second[:-3] + b"\x30" + b"x" * 48 + b"\0", "ana") is None


def test_who_is_banned_types_on_no_more() -> None:
    accepted = fresh()
    _, second = typing(accepted)
    accepted.ban([5000])
    assert accepted.type_on(second, "ana") is None


def test_what_somebody_wrote_there_meanwhile_is_for_the_whole_check() -> None:
    """Ben wrote right of Ana's last letter, unseen by her: her next one has to find its place beside his."""
    accepted = fresh()
    first, second = typing(accepted)
    ben = Writer(6000, BEN)
    ben.doc.apply_update(first)
    ben.updates.clear()
    ben.put(1, "x")
    assert accepted.admit(ben.updates[0], BEN) is not None
    assert accepted.type_on(second, "ana") is None
    assert accepted.admit(second, ANA) is not None
    runs = accepted._order.between(5000, 0, 10)
    assert [(run.clock, run.length) for run in runs] == [(0, 1), (1, 1)]
