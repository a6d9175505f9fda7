"""`collab.rewrite`: the text that is wanted, by touching no more than must be."""

from __future__ import annotations

from typing import Any

import pytest

from collab import statement
from collab.authorship import Piece, Retracing
from collab.document import SEED, Document
from collab.rewrite import Rewriting, as_it_is, text_of
from tests.collab.peers import History, Peer, histories


def flat(pieces: list[Piece]) -> list[tuple[Any, ...]]:
    """One entry for each character, so that it does not matter how a text was typed."""
    return [
        (character, piece.embed, sorted(piece.look.items()))
        for piece in pieces
        for character in (piece.text if piece.text is not None else "\ufffc")
    ]


def rewrite(document: Document, wanted: list[Piece]) -> bytes:
    return document.edit(Rewriting(wanted, as_it_is(document)).apply)


@pytest.mark.parametrize("history", histories())
def test_every_moment_of_a_real_history_can_be_had_again(history: History) -> None:
    retracing = Retracing()
    moments = []
    for number, update in enumerate(history.updates):
        retracing.apply(update, 0)
        if number % 40 == 5:
            moments.append(retracing.pieces())
    for wanted in moments:
        document = retracing.document.fork()
        rewrite(document, wanted)
        assert flat(Retracing(document.encode()).pieces()) == flat(wanted)


def test_looks_and_embeds_come_back_with_the_words() -> None:
    peer = Peer(20)
    peer.type("Title\nbold text")
    peer.edit(lambda p: p.text.format(5, 6, {"header": 2}))
    peer.edit(lambda p: p.text.format(6, 10, {"bold": True}))
    peer.edit(lambda p: p.text.insert_embed(6, {"image": "x"}))
    before = Retracing(peer.doc.get_update()).pieces()
    peer.edit(lambda p: p.text.format(5, 6, {"header": None}))
    peer.edit(lambda p: p.text.__delitem__(slice(6, 12)))
    peer.edit(lambda p: p.text.format(0, 5, {"italic": True}))
    document = Document(state=peer.doc.get_update())
    rewrite(document, before)
    assert flat(Retracing(document.encode()).pieces()) == flat(before)


def test_words_both_texts_have_are_not_written_again_so_typing_beside_them_survives() -> None:
    peer = Peer(20)
    peer.type("Ships enter the harbour slowly. Nobody swims there.")
    wanted = Retracing(peer.doc.get_update()).pieces()
    peer.edit(lambda p: p.text.__delitem__(slice(0, 6)))  # "Ships "
    document = Document(state=peer.doc.get_update())
    update = rewrite(document, wanted)
    assert b"harbour" not in update
    peer.type("very ", len("enter the harbour "))
    peer.doc.apply_update(update)
    assert str(peer.text) == "Ships enter the harbour very slowly. Nobody swims there.\n"


def test_a_text_that_moved_on_since_it_was_compared_is_compared_again() -> None:
    peer = Peer(20)
    peer.type("One. Two.")
    wanted = Retracing(peer.doc.get_update()).pieces()
    peer.type(" Three.")
    document = Document(state=peer.doc.get_update())
    rewriting = Rewriting(wanted, as_it_is(document))
    assert rewriting.fits(document)
    document.apply(peer.type("Zero. ", 0))
    assert not rewriting.fits(document)
    document.edit(rewriting.apply)
    assert statement.text_of(document) == "One. Two.\n"


def test_what_is_so_already_is_no_edit() -> None:
    document = Document(state=SEED)
    assert rewrite(document, Retracing(SEED).pieces()) == b"\x00\x00"


def test_an_embed_that_cannot_be_written_again_is_left_out() -> None:
    document = Document(state=SEED)
    rewrite(document, [Piece("a", 0), Piece(None, 0), Piece("b\n", 0)])
    assert statement.text_of(document) == "ab\n"
    assert text_of([Piece("a", 0), Piece(None, 0)]) == "a\ufffc"
