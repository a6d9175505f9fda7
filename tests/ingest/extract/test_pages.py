from __future__ import annotations

from ingest.blocks import Page, Writer
from ingest.extract.lines import Line, OutlineEntry, PageLines
from ingest.extract.pages import join, write
from tests.ingest.files import check, texts


def _line(text: str, top: float, *, left: float = 50, size: float = 10, block: int = 0) -> Line:
    return Line(text, (left, top, left + len(text) * 5, top + size * 1.2), size, block)


def _written(
    pages: list[PageLines], outline: list[OutlineEntry] | None = None
) -> tuple[list[tuple[str, str]], dict[str, int]]:
    writer = Writer(100_000)
    write(pages, outline or [], writer)
    found = writer.extraction("pdf")
    check(found)
    return texts(found), {note.what: note.count for note in found.notes}


def test_lines_of_a_block_are_one_paragraph_and_cut_words_are_whole_again() -> None:
    assert join(["The har-", "bour and the North-", "South line.", "港は", "静か"]) == (
        "The harbour and the North- South line. 港は静か"
    )
    assert join(["soft\u00ad", "Hyphen"]) == "softHyphen"


def test_running_headers_and_page_numbers_are_left_out_and_told() -> None:
    pages = [
        PageLines(
            number,
            800,
            [
                _line("Working draft — confidential", 20),
                _line(f"Body of page {number}.", 300, block=1),
                _line(f"Page {number} of 4", 770, block=2),
            ],
        )
        for number in range(1, 5)
    ]
    found, notes = _written(pages)
    assert found == [("paragraph", f"Body of page {number}.") for number in range(1, 5)]
    assert notes == {"repeated-lines": 8}


def test_what_stands_at_the_edge_of_one_page_only_stays() -> None:
    pages = [PageLines(number, 800, [_line(f"Edge {'abc'[number]}", 20)]) for number in range(3)]
    found, _ = _written(pages)
    assert [text for _, text in found] == ["Edge a", "Edge b", "Edge c"]


def test_headings_are_told_by_size_where_there_is_no_outline() -> None:
    page = PageLines(
        1,
        800,
        [
            _line("Harbour", 100, size=20),
            _line("Aims", 150, size=14, block=1),
            _line("The harbour is to grow slowly. " * 4, 200, block=2),
            _line("A long sentence in large letters that ends with a dot is no heading.", 250, size=14, block=3),
        ],
    )  # fmt: skip
    writer = Writer(1000)
    write([page], [], writer)
    blocks = writer.extraction("pdf").blocks
    assert [(one.kind, one.level) for one in blocks] == [
        ("heading", 1), ("heading", 2), ("paragraph", 0), ("paragraph", 0),
    ]  # fmt: skip
    assert blocks[1].anchor == Page(1, (50, 150, 70, 166.8))


def test_an_outline_decides_what_is_a_heading() -> None:
    page = PageLines(
        1,
        800,
        [
            _line("1. Aims", 100, block=1),
            _line("Shouting", 150, size=20, block=2),
            _line("Text.", 200, block=3),
        ],
    )
    found, _ = _written([page], [OutlineEntry(2, "1  Aims", 1), OutlineEntry(1, "Text.", 2)])
    assert found == [("heading", "1. Aims"), ("paragraph", "Shouting"), ("paragraph", "Text.")]


def test_a_heading_close_to_its_text_is_still_a_heading() -> None:
    page = PageLines(1, 800, [_line("Aims", 100, size=16), _line("The text. " * 10, 120)])
    found, _ = _written([page])
    assert [kind for kind, _ in found] == ["heading", "paragraph"]


def test_cells_beside_each_other_are_rows_and_words_beside_each_other_are_not() -> None:
    page = PageLines(
        1,
        800,
        [
            _line("Before the table.", 90),
            _line("Region", 100),
            _line("2025", 100, left=200),
            _line("North", 112),
            _line("17", 112, left=200),
            _line("bold", 130, left=50, block=1),
            _line("and plain", 130, left=73, block=1),
        ],
    )
    found, _ = _written([page])
    assert found == [
        ("paragraph", "Before the table."),
        ("row", "Region | 2025"),
        ("row", "North | 17"),
        ("paragraph", "bold and plain"),
    ]


def test_a_scan_is_said_to_need_reading_and_hidden_text_to_be_left_out() -> None:
    pages = [
        PageLines(1, 800, [], picture_cover=0.9),
        PageLines(2, 800, [_line("A page with a picture and text.", 300)], picture_cover=0.9),
        PageLines(3, 800, [_line("Text.", 300)], hidden=5),
    ]
    _, notes = _written(pages)
    assert notes == {"needs-ocr": 1, "hidden-text": 1}
