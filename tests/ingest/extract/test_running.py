"""`ingest.extract.running`: what is about the paper goes, and numbered titles at the same place stay."""

from __future__ import annotations

import pytest

from ingest.blocks import BlockKind, Writer
from ingest.extract.lines import Line, OutlineEntry, PageLines
from ingest.extract.pages import write
from ingest.extract.running import find


def _line(text: str, top: float, *, size: float = 10, block: int = 0) -> Line:
    return Line(text, (50, top, 50 + len(text) * 5, top + size * 1.2), size, block)


def _pages(
    tops: list[str], *, bottoms: list[str] | None = None, size: float = 10
) -> list[PageLines]:
    """Return pages with a line at the top (and bottom), and text between; an empty line is none."""
    return [
        PageLines(
            number,
            800,
            [
                *([_line(top, 20, size=size)] if top else []),
                _line(f"What page {'abcdefghijkl'[number]} says, in the letters of the body.", 300, block=1),
                *([_line(bottom, 770, block=2)] if bottom else []),
            ],
        )
        for number, (top, bottom) in enumerate(
            zip(tops, bottoms or [""] * len(tops), strict=True), 1
        )
    ]  # fmt: skip


def _gone(pages: list[PageLines], outline: list[OutlineEntry] | None = None) -> list[str]:
    found = find(pages, outline or [])
    return [line.text for page in pages for line in page.lines if (page.number, line) in found]


CHAPTERS = [f"Chapter {number}" for number in range(1, 7)]
NUMBERS = [str(number) for number in range(1, 7)]


def test_titles_set_larger_than_the_body_stay_and_page_numbers_go() -> None:
    pages = _pages(CHAPTERS, bottoms=NUMBERS, size=18)
    assert _gone(pages) == NUMBERS
    writer = Writer(10_000)
    write(pages, [], writer)
    made = writer.extraction("pdf")
    assert [
        made.text[one.start : one.end] for one in made.blocks if one.kind == BlockKind.HEADING
    ] == CHAPTERS


def test_titles_that_the_outline_names_stay_in_any_size() -> None:
    outline = [OutlineEntry(1, f"{title}: The harbour", page) for page, title in enumerate(CHAPTERS, 1)]  # fmt: skip
    pages = _pages(CHAPTERS)
    assert _gone(pages, outline) == []
    assert (
        _gone(pages) == CHAPTERS
    )  # as large as the body, numbered as the pages are: nothing says they are titles


def test_numbers_that_count_on_but_not_with_the_pages_stay() -> None:
    assert _gone(_pages(["Article 1", "", "Article 2", "Article 3", "", "", "Article 4"])) == []
    assert _gone(_pages(["Part I", "", "Part II", "", "", "Part III"])) == []


def test_numbers_that_count_with_the_pages_stay_where_the_pages_have_their_own() -> None:
    assert _gone(_pages(["Question " + one for one in NUMBERS], bottoms=NUMBERS)) == NUMBERS


@pytest.mark.parametrize("size", [8, 10, 18])
@pytest.mark.parametrize(
    "tops",
    [
        ["Working draft — confidential"] * 6,
        ["Harbour plan 2030"] * 6,
        [f"Page {number} of 6" for number in range(1, 7)],
        [f"- {number} -" for number in range(7, 13)],
        ["i", "ii", "iii", "iv", "v", "vi"],
        ["Seite 1", "", "Seite 3", "", "Seite 5", ""],
        [f"第 {number} 页" for number in range(1, 7)],
    ],
    ids=["words", "a year", "page of", "dashes", "roman", "every other", "chinese"],
)
def test_headers_with_and_without_numbers_go_in_any_size(tops: list[str], size: float) -> None:
    assert _gone(_pages(tops, size=size)) == [one for one in tops if one]


@pytest.mark.parametrize(
    "tops",
    [
        [f"Harbour plan · {number}" for number in range(1, 7)],
        ["Chapter 1", "Chapter 1", "Chapter 1", "Chapter 2", "Chapter 2", "Chapter 2"],
        ["Sheet 1", "Sheet 2", "Sheet 1", "Sheet 2", "Sheet 1", "Sheet 2"],
        ["1 · Plan · 4", "", "2 · Plan · 7", "", "", "3 · Plan · 8"],
        ["Invoice 871", "", "Invoice 872", "", "", "Invoice 873"],
    ],
    ids=["title and page", "chapter of the page", "starting over", "several numbers", "not from one"],
)  # fmt: skip
def test_headers_as_large_as_the_body_go_where_nothing_makes_them_titles(tops: list[str]) -> None:
    assert _gone(_pages(tops)) == [one for one in tops if one]


def test_a_title_stays_where_later_pages_repeat_it_small() -> None:
    tops = ["Chapter 1", "Chapter 1", "Chapter 1", "Chapter 2", "Chapter 2", "Chapter 2"]
    pages = _pages(tops, size=8)
    for at in (0, 3):
        pages[at].lines[0] = _line(tops[at], 20, size=18)
    assert _gone(pages) == ["Chapter 1", "Chapter 1", "Chapter 2", "Chapter 2"]


def test_a_header_that_repeats_the_title_below_it_goes() -> None:
    pages = _pages(["Chapter 1", "", "Chapter 2", "Chapter 3", "Chapter 3", "Chapter 3"])
    pages[0].lines.append(_line("Chapter 1", 100, size=18, block=3))
    outline = [OutlineEntry(1, "Chapter 1", 1), OutlineEntry(1, "Chapter 2", 3)]
    assert _gone(pages, outline) == ["Chapter 1", "Chapter 3", "Chapter 3", "Chapter 3"]


def test_a_header_that_is_a_title_elsewhere_goes_elsewhere_only() -> None:
    pages = _pages(["Harbour"] * 4)
    outline = [OutlineEntry(1, "Harbour", 1), OutlineEntry(2, "Harbour dues", 3)]
    assert _gone(pages, outline) == ["Harbour"] * 3


def test_the_bottom_has_no_titles_however_large() -> None:
    bottoms = [f"Harbour office {number}" for number in range(1, 7)]
    pages = _pages([""] * 6, bottoms=bottoms)
    for page in pages:
        page.lines[-1] = _line(page.lines[-1].text, 770, size=20, block=2)
    assert _gone(pages) == bottoms
