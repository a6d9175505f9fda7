from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.blocks import Anchor, BlockKind, Extraction, Page, Row, Slide, Writer
from ingest.chunks import Chunk, estimate, split
from tests.work import at_most

Written = tuple[BlockKind, str, int]


def extraction(*written: Written, anchor: Anchor | None = None) -> Extraction:
    writer = Writer(10_000_000)
    for kind, text, level in written:
        writer.add(kind, text, anchor, level=level)
    return writer.extraction("text")


def shown(found: Extraction, chunks: list[Chunk]) -> list[str]:
    return [found.text[one.start : one.end] for one in chunks]


def words(texts: Sequence[str]) -> list[int]:
    """Count words as tokens."""
    return [len(text.split()) for text in texts]


HEADING, TEXT = BlockKind.HEADING, BlockKind.PARAGRAPH


def test_chunks_are_whole_sentences() -> None:
    found = extraction((TEXT, "One two three. Four five. Six seven eight nine. Ten.", 0))
    chunks = split(found, max_tokens=8, count=words)
    assert shown(found, chunks) == ["One two three. Four five.", "Six seven eight nine. Ten."]


def test_a_chunk_never_crosses_a_heading_and_knows_what_it_is_under() -> None:
    found = extraction(
        (TEXT, "Preface.", 0),
        (HEADING, "Harbour", 1),
        (HEADING, "Aims", 2),
        (TEXT, "It grows.", 0),
        (HEADING, "Means", 2),
        (TEXT, "Money.", 0),
        (HEADING, "Annex", 1),
    )
    chunks = split(found)
    assert shown(found, chunks) == ["Preface.", "Aims\n\nIt grows.", "Means\n\nMoney.", "Annex"]
    assert [one.headings for one in chunks] == [
        (), ("Harbour", "Aims"), ("Harbour", "Means"), ("Annex",),
    ]  # fmt: skip
    assert chunks[1].context == "Harbour › Aims"


@pytest.mark.parametrize(("one", "other"), [(Slide(1), Slide(2)), (Row("A", 1), Row("B", 1))])
def test_slides_and_sheets_stay_apart(one: Anchor, other: Anchor) -> None:
    writer = Writer(1000)
    writer.add(TEXT, "First.", one)
    writer.add(TEXT, "Second.", other)
    assert len(split(writer.extraction("pptx"))) == 2


def test_a_paragraph_may_go_on_over_a_page() -> None:
    writer = Writer(1000)
    writer.add(TEXT, "First.", Page(1))
    writer.add(TEXT, "Second.", Page(2))
    assert len(split(writer.extraction("pdf"))) == 1


def test_headings_take_their_share_of_the_room_and_no_more() -> None:
    found = extraction((HEADING, "word " * 100, 1), (TEXT, "One two three four. " * 20, 0))
    chunks = split(found, max_tokens=40, count=words)
    assert len(chunks) > 6
    for chunk in chunks:
        assert words([found.text[chunk.start : chunk.end]])[0] <= 28


@pytest.mark.parametrize(
    "sentence",
    [
        "港は静かに育つべきである。",
        "港口应该慢慢地发展吗？",
        "बंदरगाह धीरे-धीरे बढ़े।",
        "هل ينمو الميناء؟",
    ],
)
def test_sentences_end_as_they_do_in_their_script(sentence: str) -> None:
    found = extraction((TEXT, sentence * 200, 0))
    chunks = split(found, max_tokens=100)
    assert len(chunks) > 10
    assert {text[-1] for text in shown(found, chunks)} == {sentence[-1]}


def test_a_text_without_any_end_is_cut_all_the_same_and_soon() -> None:
    found = extraction((TEXT, "港" * 250_000, 0))
    with at_most(3):
        chunks = split(found, max_tokens=512)
    assert "".join(shown(found, chunks)) == found.text
    assert max(estimate(shown(found, chunks))) <= 510


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_characters() -> None:
    found = extraction((TEXT, " ".join(f"word{number}" for number in range(1000)), 0))
    chunks = split(found, max_tokens=50)
    assert " ".join(shown(found, chunks)) == found.text
    family = "👩‍👩‍👧"
    found = extraction((TEXT, family * 300, 0))
    chunks = split(found, max_tokens=50)
    assert {text.replace(family, "") for text in shown(found, chunks)} == {""}


def test_what_is_cut_ends_with_its_last_word() -> None:
    found = extraction((HEADING, "???????  ?。", 1))
    assert shown(found, split(found, max_tokens=8)) == ["???????", "?。"]


def test_what_stands_between_sentences_takes_room_too() -> None:
    """Found by the test below: seven short paragraphs and the lines between them were a token too many."""
    paragraphs = ("?。", "?港。a\na\n港🦊", "。。", "?????????。。", "??", "???", "??🦊")
    found = extraction(*((TEXT, one, 0) for one in paragraphs))
    assert max(estimate(shown(found, split(found, max_tokens=13)))) <= 11


@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(BlockKind)),
            st.text(alphabet=st.sampled_from("ab .!?。\n港🦊e\u0301"), max_size=200),
            st.integers(1, 4),
        ),
        max_size=15,
    ),
    st.integers(8, 60),
)
@settings(max_examples=200)
def test_no_word_is_lost_and_no_chunk_is_too_large(written: list[Written], most: int) -> None:
    found = extraction(*written)
    chunks = split(found, max_tokens=most)
    at = 0
    for chunk in chunks:
        assert at <= chunk.start < chunk.end
        left_out = found.text[at : chunk.start].split()
        assert "".join(left_out) in "".join("".join(chunk.headings).split())
        text = found.text[chunk.start : chunk.end]
        assert text == text.strip()
        assert estimate([text])[0] <= max(most, 4)
        inside = [one for one in found.blocks if chunk.start < one.start < chunk.end]
        assert BlockKind.HEADING not in [one.kind for one in inside]
        at = chunk.end
    assert found.text[at:].strip() == ""
