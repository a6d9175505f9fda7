"""`collab.authorship`: whoever wrote a character is its author, whatever happens around it."""

from __future__ import annotations

import pytest

from collab.authorship import UNKNOWN, Change, Piece, Retracing
from collab.document import SEED
from collab.errors import DocumentBroken
from collab.rewrite import text_of
from tests.collab.peers import History, Peer, histories

SERVER, ANA, BO = 0, 1, 2


def signed(retracing: Retracing) -> list[tuple[str | None, int]]:
    return [(piece.text, piece.author) for piece in retracing.pieces()]


def test_authors_move_with_their_words_whatever_alphabet_stands_before_them() -> None:
    ana, bo = Peer(20), Peer(30)
    retracing = Retracing()
    assert retracing.apply(SEED, SERVER) == Change(added=1)
    update = ana.type("Größe 😀 zählt. ")
    bo.doc.apply_update(update)
    assert retracing.apply(update, ANA) == Change(added=15)
    inside = bo.type("sehr ", len("Größe 😀 ".encode()))
    meanwhile = ana.edit(lambda peer: peer.text.__delitem__(slice(0, len("Größe".encode()))))
    assert retracing.apply(inside, BO) == Change(added=5)
    assert retracing.apply(meanwhile, ANA) == Change(removed=5)
    assert signed(retracing) == [
        (" 😀 ", ANA),
        ("sehr ", BO),
        ("zählt. ", ANA),
        ("\n", SERVER),
    ]
    assert retracing.characters == len(" 😀 sehr zählt. \n")


def test_looks_and_embeds_are_told_and_change_no_author() -> None:
    ana = Peer(20)
    retracing = Retracing()
    retracing.apply(SEED, SERVER)
    retracing.apply(ana.type("bold plain"), ANA)
    look = ana.edit(lambda peer: peer.text.format(0, 4, {"bold": True}))
    assert retracing.apply(look, BO) == Change(look=True)
    embed = ana.edit(lambda peer: peer.text.insert_embed(4, {"image": "x"}))
    assert retracing.apply(embed, BO).added == 1
    first, second, *_ = retracing.pieces()
    assert first == Piece("bold", ANA, {"bold": True})
    assert (second.text, second.author, second.embed) == (None, BO, {"image": "x"})


def test_what_changes_no_text_is_nothing() -> None:
    ana = Peer(20)
    retracing = Retracing()
    retracing.apply(SEED, SERVER)
    elsewhere = ana.edit(lambda peer: peer.map("comments").update({"c": {"text": "Why?"}}))
    assert retracing.apply(elsewhere, ANA).nothing


def test_it_goes_on_from_a_state_and_its_authors() -> None:
    ana = Peer(20)
    first = Retracing()
    first.apply(SEED, SERVER)
    first.apply(ana.type("über "), ANA)
    second = Retracing(first.document.encode(), first.pieces())
    second.apply(ana.type("alles"), BO)
    assert signed(second) == [("über ", ANA), ("alles", BO), ("\n", SERVER)]


@pytest.mark.parametrize("pieces", [[], [Piece("something else", ANA)]])
def test_authors_that_do_not_fit_are_nobody(pieces: list[Piece]) -> None:
    ana = Peer(20)
    ana.type("who?")
    retracing = Retracing(ana.doc.get_update(), pieces)
    assert signed(retracing) == [("who?\n", UNKNOWN)]


def test_if_it_was_not_told_of_everything_nobody_is_an_author_and_no_word_is_missing() -> None:
    ana = Peer(20)
    retracing = Retracing()
    retracing.apply(SEED, SERVER)
    retracing.apply(ana.type("Größe zählt."), ANA)
    retracing.document.apply(ana.type("Unseen: ", 0))
    assert signed(retracing) == [("Unseen: Größe zählt.\n", UNKNOWN)]
    retracing.apply(ana.type(" Again."), ANA)
    assert signed(retracing)[-2:] == [(" Again.", ANA), ("\n", UNKNOWN)]


@pytest.mark.parametrize("history", histories()[:12])
def test_real_histories_read_the_same_and_leave_nobody_out(history: History) -> None:
    retracing = Retracing()
    characters = 0
    for number, update in enumerate(history.updates):
        change = retracing.apply(update, number)
        characters += change.added - change.removed
    pieces = retracing.pieces()
    assert text_of(pieces) == text_of(Retracing(history.state).pieces())
    assert retracing.characters == characters == len(text_of(pieces))
    assert all(piece.author >= 0 for piece in pieces)


def test_bytes_the_engine_does_not_take_break_the_document() -> None:
    retracing = Retracing()
    with pytest.raises(DocumentBroken):
        retracing.apply(b"\x01\x02\x03", ANA)
