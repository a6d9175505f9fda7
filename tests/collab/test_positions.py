from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collab import positions
from collab.document import SEED, Document
from collab.errors import AnchorLost, ProtocolError
from collab.positions import OBJECT, Anchor, Ruler
from tests.collab.peers import Peer

#: Plain, accented, CJK, emoji, an emoji of several, a combining mark, an astral letter.
characters = st.sampled_from(
    ["a", " ", "\n", "é", "漢", "字", "😀", "👨‍👩‍👧", "e\u0301", "𝒳", "ß", "\u0000"]
)
texts = st.lists(characters, min_size=1, max_size=30).map("".join)


def document_with(text: str) -> Document:
    document = Document(client_id=500)
    document.edit(lambda d: positions.insert(d.statement, 0, text))
    return document


@given(texts, st.data())
def test_offsets_agree_with_python_and_javascript(text: str, data: st.DataObject) -> None:
    ruler = Ruler([text])
    at = data.draw(st.integers(0, len(text)))
    assert ruler.utf8(at) == len(text[:at].encode())
    assert ruler.utf16(at) == len(text[:at].encode("utf-16-le")) // 2
    assert ruler.from_utf16(ruler.utf16(at)) == at


def test_an_offset_inside_a_surrogate_pair_snaps_to_the_character() -> None:
    assert [Ruler(["a😀b"]).from_utf16(at) for at in range(5)] == [0, 1, 1, 2, 3]


def test_an_embed_is_one_character_and_one_byte() -> None:
    document = Document(client_id=500)
    document.edit(lambda d: positions.insert(d.statement, 0, "é😀"))
    document.edit(lambda d: d.statement.insert_embed(2, {"image": "x"}))
    ruler = positions.measure(document.statement)
    assert ruler.text == f"é{OBJECT}😀"
    assert [ruler.utf8(at) for at in range(4)] == [0, 2, 3, 7]


@given(texts, texts, st.data())
def test_inserting_lands_at_the_character(text: str, new: str, data: st.DataObject) -> None:
    document = document_with(text)
    at = data.draw(st.integers(0, len(text)))
    document.edit(lambda d: positions.insert(d.statement, at, new))
    assert str(document.statement) == text[:at] + new + text[at:]


@given(texts, st.data())
def test_deleting_takes_the_characters_and_no_others(text: str, data: st.DataObject) -> None:
    document = document_with(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    document.edit(lambda d: positions.delete(d.statement, start, end))
    assert str(document.statement) == text[:start] + text[end:]


@given(texts, st.data())
def test_formatting_covers_the_characters_and_no_others(text: str, data: st.DataObject) -> None:
    document = document_with(text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    document.edit(lambda d: positions.format_range(d.statement, start, end, {"bold": True}))
    bold = "".join(piece for piece, look in document.statement.diff() if (look or {}).get("bold"))
    assert bold == text[start:end]


@pytest.mark.parametrize("at", [-1, 3])
def test_an_offset_outside_the_text_is_an_error(at: int) -> None:
    document = document_with("ab")
    with pytest.raises(IndexError):
        positions.insert(document.statement, at, "x")
    with pytest.raises(IndexError):
        Ruler(["ab"]).from_utf16(at)
    with pytest.raises(IndexError):
        Ruler(["a😀"]).from_utf16(at + 1 if at > 0 else at)


def test_new_text_takes_over_no_look_from_its_neighbour() -> None:
    document = document_with("bold")
    document.edit(lambda d: positions.format_range(d.statement, 0, 4, {"bold": True}))
    document.edit(lambda d: positions.insert(d.statement, 4, " plain"))
    assert document.statement.diff() == [("bold", {"bold": True}), (" plain", None)]


# -- anchors


@given(texts, st.data())
def test_an_anchor_resolves_to_where_it_was_made(text: str, data: st.DataObject) -> None:
    document = document_with(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    anchors = positions.anchors_around(document, start, end)
    assert positions.resolve_range(document, *anchors) == (start, end)


def test_anchors_hold_on_to_their_characters_whatever_happens_around_them() -> None:
    """
    Random edits by others: what is left of the range is always between the anchors.

    Exactly that, as long as its first and last character live; an anchor whose character is gone stays at its
    grave, and what is typed between the grave and the rest of the range counts as inside, as in Yjs.
    """
    rng = random.Random(3)
    alphabet = ["a", "é", "漢", "😀", " ", "\n"]
    for round_ in range(60):
        document = document_with("".join(rng.choices(alphabet, k=24)))
        marked = [*str(document.statement)]
        start = rng.randrange(0, len(marked) - 1)
        end = rng.randrange(start + 1, len(marked))
        anchors = positions.anchors_around(document, start, end)
        inside = list(range(len(marked)))
        labels: list[int | None] = list(inside)
        for _ in range(12):
            at = rng.randrange(len(labels) + 1)
            if rng.random() < 0.5 and labels:
                stop = min(len(labels), at + rng.randrange(1, 4))
                document.edit(lambda d, at=at, stop=stop: positions.delete(d.statement, at, stop))  # type: ignore[misc]  # fmt: skip
                del labels[at:stop]
            else:
                word = "".join(rng.choices(alphabet, k=2))
                document.edit(lambda d, at=at, word=word: positions.insert(d.statement, at, word))  # type: ignore[misc]  # fmt: skip
                labels[at:at] = [None, None]
        left = [at for at, label in enumerate(labels) if label is not None and start <= label < end]
        found = positions.resolve_range(document, *anchors)
        if not left:
            assert 0 <= found[0] <= found[1] <= len(labels)
            continue
        alive = {label for label in labels if label is not None}
        assert found[0] == left[0] or (start not in alive and found[0] < left[0])
        assert found[1] == left[-1] + 1 or (end - 1 not in alive and found[1] > left[-1])
        extra = {*labels[found[0] : left[0]], *labels[left[-1] + 1 : found[1]]}
        assert extra <= {None}, f"round {round_}"


def test_what_is_typed_at_the_edges_of_a_range_stays_outside() -> None:
    document = document_with("one two three")
    anchors = positions.anchors_around(document, 4, 7)
    peer = Peer(20, seeded=False)
    peer.doc.apply_update(document.encode())
    document.apply(peer.edit(lambda p: p.text.insert(7, "!")))
    document.apply(peer.edit(lambda p: p.text.insert(4, "<")))
    start, end = positions.resolve_range(document, *anchors)
    assert str(document.statement)[start:end] == "two"


def test_many_ranges_are_anchored_at_once() -> None:
    document = document_with("Ein Satz. 二つ目。 Third 😀.")
    ranges = [(0, 9), (10, 14), (15, 23), (3, 3)]
    anchors = positions.anchor_ranges(document, ranges)
    assert [positions.resolve_range(document, *pair) for pair in anchors] == ranges


def test_the_ends_of_the_text_can_be_anchored() -> None:
    document = Document(state=SEED)
    end = Anchor(None, after=True)
    start = Anchor(None, after=False)
    assert positions.resolve(document, [start, end]) == [0, 1]
    assert positions.anchors_around(document, 1, 1) == (end, end)


def test_anchors_survive_embeds_that_look_like_probes() -> None:
    document = document_with("ab")
    document.edit(lambda d: d.statement.insert_embed(1, {"probe": 0, "probe'": 1}))
    anchors = positions.anchors_around(document, 2, 3)
    assert positions.resolve_range(document, *anchors) == (2, 3)


def test_an_anchor_on_what_never_was_is_lost() -> None:
    document = document_with("ab")
    unknown = Anchor((4711, 3), after=True)
    assert positions.resolve(document, [unknown]) == [None]
    with pytest.raises(AnchorLost):
        positions.resolve_range(document, unknown, unknown)


def test_crossed_anchors_are_no_range() -> None:
    document = document_with("abcd")
    (first, _), (_, last) = positions.anchor_ranges(document, [(3, 4), (0, 1)])
    with pytest.raises(AnchorLost):
        positions.resolve_range(document, first, last)


def test_looking_changes_nothing() -> None:
    document = document_with("abc")
    before = document.encode()
    positions.resolve_range(document, *positions.anchors_around(document, 1, 2))
    assert document.encode() == before


@pytest.mark.parametrize(
    "json",
    [
        {"tname": "consensus-statement", "item": {"client": 7, "clock": 2}, "assoc": 0},
        {"tname": "consensus-statement", "item": {"client": 7.0, "clock": 2.0}, "assoc": -1.0},
        {"tname": "consensus-statement", "assoc": 0},
        {"item": {"client": 7, "clock": 2}},
    ],
)
def test_what_javascript_writes_is_read(json: dict[str, Any]) -> None:
    anchor = Anchor.from_json(json)
    assert Anchor.from_json(anchor.to_json()) == anchor


@pytest.mark.parametrize(
    "json",
    [
        None,
        [],
        "x",
        {},
        {"tname": "suggestions"},
        {"tname": 7},
        {"type": {"client": 1, "clock": 2}, "assoc": 0},
        {"tname": "consensus-statement", "item": 5},
        {"tname": "consensus-statement", "item": {"client": -1, "clock": 0}},
        {"tname": "consensus-statement", "item": {"client": 1.5, "clock": 0}},
        {"tname": "consensus-statement", "item": {"client": True, "clock": 0}},
        {"tname": "consensus-statement", "item": {"client": 2**60, "clock": 0}},
        {"tname": "consensus-statement", "item": {"client": "1", "clock": 0}},
        {"tname": "consensus-statement", "item": {"client": float("inf"), "clock": 0}},
        {"tname": "consensus-statement", "assoc": "left"},
        {"tname": "consensus-statement", "assoc": True},
    ],
)
def test_what_is_no_position_in_the_statement_is_refused(json: Any) -> None:
    with pytest.raises(ProtocolError):
        Anchor.from_json(json)
