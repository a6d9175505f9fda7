from __future__ import annotations

from ingest.blocks import Anchor, BlockKind, Page, Row, Slide, Writer, blocks_json
from ingest.contents import contents, unit_of


def _written(*blocks: tuple[BlockKind, str, Anchor | None, int]) -> tuple[str, list[object]]:
    writer = Writer(10_000)
    for kind, text, anchor, level in blocks:
        writer.add(kind, text, anchor, level=level)
    made = writer.extraction("pdf")
    return made.text, blocks_json(made.blocks)


def _shown(text: str, blocks: list[object]) -> list[tuple[int, str, str]]:
    return [
        (one["level"], one["title"], text[one["start"] :][:5])
        for one in contents(text, blocks)  # type: ignore[arg-type]
    ]


def test_pages_and_headings_are_in_it_once_each_and_in_order() -> None:
    text, blocks = _written(
        (BlockKind.HEADING, "Harbour", Page(1, (0, 0, 1, 1)), 1),
        (BlockKind.PARAGRAPH, "It grows.", Page(1, (0, 2, 1, 3)), 0),
        (BlockKind.PARAGRAPH, "Slowly.", Page(2), 0),
        (BlockKind.HEADING, "Money", Page(2), 2),
    )
    assert _shown(text, blocks) == [
        (0, "", "Harbo"),
        (1, "Harbour", "Harbo"),
        (0, "", "Slowl"),
        (2, "Money", "Money"),
    ]


def test_a_slide_is_one_place_with_its_notes_and_sheets_are_told_apart() -> None:
    text, blocks = _written(
        (BlockKind.PARAGRAPH, "On it", Slide(1), 0),
        (BlockKind.NOTE, "Below it", Slide(1, "notes"), 0),
        (BlockKind.ROW, "a | b", Row("Budget", 1), 0),
        (BlockKind.ROW, "c | d", Row("Budget", 2), 0),
        (BlockKind.ROW, "e | f", Row("Plan", 1), 0),
    )
    assert [title for _, _, title in _shown(text, blocks)] == ["On it", "a | b", "e | f"]


def test_flowing_text_has_headings_alone_and_long_ones_are_cut() -> None:
    text, blocks = _written(
        (BlockKind.HEADING, "word\n" * 100, None, 1), (BlockKind.PARAGRAPH, "Text.", None, 0)
    )
    (only,) = _shown(text, blocks)
    assert len(only[1]) == 120
    assert "\n" not in only[1]
    assert unit_of({"kind": "under", "headings": []}) is None
