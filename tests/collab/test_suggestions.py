from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from pycrdt import Map

from collab import positions, statement, suggestions
from collab.document import SEED, SUGGESTIONS, Document
from collab.errors import AnchorLost, Stale
from collab.positions import Anchor
from collab.suggestions import Acceptance, Kind, Proposal, Sibling, Status
from tests.collab.peers import Peer

START = Anchor((1, 0), after=True)  # before the seed's newline


def proposal(ident: str = "s1") -> Proposal:
    return Proposal(
        ident=ident,
        run="r1",
        author="Accord AI",
        kind=Kind.PARAGRAPH,
        start=START,
        end=START,
        base="",
        reason="because",
        created_at="2026-11-23T12:00:00Z",
    )


def acceptance(ordinal: int, text: str, kind: Kind = Kind.PARAGRAPH) -> Acceptance:
    return Acceptance(ordinal, kind, START, START, "", text)


def accept(document: Document, one: Acceptance) -> tuple[Anchor, Anchor]:
    placed: list[tuple[Anchor, Anchor]] = []
    document.edit(lambda d: placed.append(suggestions.accept(d, one)))
    return placed[0]


def accept_all(document: Document, order: list[Acceptance]) -> str:
    """Accept one after the other, each knowing those before it, as the server does."""
    siblings: list[Sibling] = []
    for one in order:
        anchors = accept(document, replace(one, siblings=tuple(siblings)))
        siblings.append(Sibling(one.ordinal, one.kind, *anchors))
    return statement.text_of(document)


def test_a_proposal_is_seen_while_it_is_written_and_leaves_the_statement_alone() -> None:
    document = Document(state=SEED)
    document.edit(lambda d: suggestions.propose(d, proposal()))
    document.edit(lambda d: suggestions.write_text(d, "s1", "Ein erster "))
    document.edit(lambda d: suggestions.write_text(d, "s1", "Sätz 😀."))
    assert suggestions.shown_text(document, "s1") == "Ein erster Sätz 😀."
    assert suggestions.shown_status(document, "s1") == Status.DRAFTING
    assert statement.text_of(document) == "\n"
    peer = Peer(20, seeded=False)
    peer.doc.apply_update(document.encode())
    entry = peer.map(SUGGESTIONS)["s1"].to_py()
    assert entry["kind"] == "paragraph"
    assert Anchor.from_json(entry["start"]) == START


def test_what_is_not_there_is_left_alone() -> None:
    document = Document(state=SEED)
    document.root_map(SUGGESTIONS)["forged"] = "text"
    document.root_map(SUGGESTIONS)["odd"] = Map({"text": "no shared text", "status": 7})
    before = document.encode()
    for ident in ("forged", "nothing"):
        document.edit(lambda d, ident=ident: suggestions.set_fields(d, ident, {"status": "open"}))  # type: ignore[misc]  # fmt: skip
        document.edit(lambda d, ident=ident: suggestions.write_text(d, ident, "x"))  # type: ignore[misc]  # fmt: skip
    document.edit(lambda d: suggestions.write_text(d, "odd", "x"))
    assert document.encode() == before
    assert suggestions.shown_status(document, "odd") is None
    assert suggestions.shown_text(document, "odd") == ""


def test_an_entry_can_be_taken_out() -> None:
    document = Document(state=SEED)
    document.edit(lambda d: suggestions.propose(d, proposal()))
    document.edit(lambda d: suggestions.remove(d, "s1"))
    document.edit(lambda d: suggestions.remove(d, "s1"))
    assert suggestions.shown_status(document, "s1") is None


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_in_whatever_order_people_accept_the_run_keeps_its_own(order: tuple[int, ...]) -> None:
    run = [
        acceptance(1, "One."),
        acceptance(2, "Two."),
        acceptance(3, "Three."),
        acceptance(4, "Four."),
    ]
    text = accept_all(Document(state=SEED), [run[at] for at in order])
    assert text == "One.\nTwo.\nThree.\nFour.\n"


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_sentences_of_one_paragraph_end_up_in_one_line(order: tuple[int, ...]) -> None:
    run = [
        acceptance(1, "One."),
        acceptance(2, "Two.", Kind.SENTENCE),
        acceptance(3, "Three.", Kind.SENTENCE),
    ]
    text = accept_all(Document(state=SEED), [run[at] for at in order])
    assert text == "One. Two. Three.\n"


def test_a_sentence_after_one_that_stands_continues_its_paragraph() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "It stands. It stays.\nNext.\n"))
    _, end = positions.anchors_around(document, 0, 10)
    one = Acceptance(1, Kind.SENTENCE, end, end, "", "It grows.")
    assert accept_all(document, [one]) == "It stands. It grows. It stays.\nNext.\n"


def test_a_paragraph_after_one_that_stands_comes_below_it() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "It stands. It stays.\nNext.\n"))
    _, end = positions.anchors_around(document, 0, 10)
    one = Acceptance(1, Kind.PARAGRAPH, end, end, "", "New.")
    assert accept_all(document, [one]) == "It stands. It stays.\nNew.\nNext.\n"


def test_a_replacement_takes_the_place_of_its_base_only() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "Keep. Old é😀. Keep.\n"))
    start, end = positions.anchors_around(document, 6, 13)
    one = Acceptance(1, Kind.REPLACE, start, end, "Old é😀.", "Neu.")
    assert accept_all(document, [one]) == "Keep. Neu. Keep.\n"


def test_a_replacement_whose_base_has_changed_is_stale() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "Old text.\n"))
    start, end = positions.anchors_around(document, 0, 9)
    document.edit(lambda d: positions.insert(d.statement, 4, "er"))
    one = Acceptance(1, Kind.REPLACE, start, end, "Old text.", "New.")
    with pytest.raises(Stale):
        document.edit(lambda d: suggestions.accept(d, one) and None)
    assert statement.text_of(document) == "Old ertext.\n"


def test_a_replacement_of_what_is_gone_is_stale() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "Old text.\n"))
    start, end = positions.anchors_around(document, 0, 9)
    document.edit(lambda d: positions.delete(d.statement, 0, 9))
    one = Acceptance(1, Kind.REPLACE, start, end, "Old text.", "New.")
    with pytest.raises((Stale, AnchorLost)):
        document.edit(lambda d: suggestions.accept(d, one) and None)


def test_typing_under_way_survives_beside_an_accepted_text() -> None:
    """Somebody types at the very place where the server puts a paragraph, neither knowing of the other."""
    server, peer = Document(state=SEED), Peer(20)
    typed = peer.type("I am typing", at=0)
    placed = server.edit(lambda d: suggestions.accept(d, acceptance(1, "Accepted.")) and None)
    server.apply(typed)
    peer.doc.apply_update(placed)
    assert str(server.statement) == str(peer.text)
    assert sorted(str(peer.text).strip()) == sorted("I am typingAccepted.")
    assert "I am typing" in str(peer.text)
    assert "Accepted." in str(peer.text)


def test_typing_inside_a_text_that_is_replaced_survives_beside_it() -> None:
    server = Document()
    server.edit(lambda d: positions.insert(d.statement, 0, "Old text.\n"))
    start, end = positions.anchors_around(server, 0, 9)
    peer = Peer(20, seeded=False)
    peer.doc.apply_update(server.encode())
    typed = peer.type("and more ", at=4)
    one = Acceptance(1, Kind.REPLACE, start, end, "Old text.", "New.")
    replaced = server.edit(lambda d: suggestions.accept(d, one) and None)
    server.apply(typed)
    peer.doc.apply_update(replaced)
    assert str(server.statement) == str(peer.text)
    assert "and more " in str(server.statement)
    assert "New." in str(server.statement)
    assert "Old" not in str(server.statement)


def test_where_an_accepted_text_stands_is_told_by_anchors() -> None:
    document = Document(state=SEED)
    placed: list[tuple[Anchor, Anchor]] = []
    document.edit(lambda d: placed.append(suggestions.accept(d, acceptance(1, "Über 😀."))))
    document.edit(lambda d: positions.insert(d.statement, 0, "Before. "))
    start, end = positions.resolve_range(document, *placed[0])
    assert statement.text_of(document)[start:end] == "Über 😀."
