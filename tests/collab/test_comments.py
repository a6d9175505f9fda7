from __future__ import annotations

from collab import comments, positions
from collab.document import COMMENTS, Document
from tests.collab.peers import Peer


def test_a_critique_is_shown_with_its_place_and_settled() -> None:
    document = Document()
    document.edit(lambda d: positions.insert(d.statement, 0, "Ein Satz.\n"))
    start, end = positions.anchors_around(document, 0, 3)
    document.edit(
        lambda d: comments.add(
            d,
            "c1",
            author="Ana",
            text="Warum nur einer?",
            start=start,
            end=end,
            quote="Ein",
            created_at="2026-11-23T12:00:00Z",
        )
    )
    peer = Peer(20, seeded=False)
    peer.doc.apply_update(document.encode())
    shown = peer.map(COMMENTS)["c1"].to_py()
    assert (shown["author"], shown["text"], shown["quote"]) == ("Ana", "Warum nur einer?", "Ein")
    assert positions.Anchor.from_json(shown["start"]) == start
    assert shown["resolved"] is False
    peer.doc.apply_update(document.edit(lambda d: comments.resolve(d, "c1")))
    assert peer.map(COMMENTS)["c1"]["resolved"] is True


def test_a_critique_of_the_whole_has_no_place() -> None:
    document = Document()
    document.edit(
        lambda d: comments.add(
            d, "c1", author="Ana", text="Hm.", start=None, end=None, quote="", created_at=""
        )
    )
    assert "start" not in document.root_map(COMMENTS)["c1"]


def test_settling_what_is_not_shown_does_nothing() -> None:
    document = Document()
    document.root_map(COMMENTS)["forged"] = "x"
    before = document.encode()
    document.edit(lambda d: comments.resolve(d, "forged"))
    document.edit(lambda d: comments.resolve(d, "nothing"))
    assert document.encode() == before


def test_a_critique_no_longer_says_which_words_it_is_about() -> None:
    document = Document()
    document.edit(
        lambda d: comments.add(
            d, "c1", author="Ana", text="Hm.", start=None, end=None, quote="Ein", created_at=""
        )
    )
    document.edit(lambda d: comments.unquote(d, "c1"))
    assert document.root_map(COMMENTS)["c1"].to_py()["quote"] == ""
    assert b"Ein" not in document.encode()
    before = document.encode()
    document.edit(lambda d: comments.unquote(d, "c1"))
    document.edit(lambda d: comments.unquote(d, "nothing"))
    assert document.encode() == before
