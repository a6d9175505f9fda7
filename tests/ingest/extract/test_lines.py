from __future__ import annotations

import pytest

from ingest.extract.lines import SCAN_CHARS, SCAN_COVER, Line, PageLines


def page(text: str, cover: float) -> PageLines:
    """Return a page with one line of text and a picture over so much of it."""
    return PageLines(1, 800.0, [Line(text, (72.0, 40.0, 200.0, 50.0), 10.0, 0)], 0, cover)


@pytest.mark.parametrize(
    ("chars", "cover", "scan"),
    [
        (0, SCAN_COVER, True),
        (SCAN_CHARS - 1, 1.0, True),
        (SCAN_CHARS, 1.0, False),
        (0, SCAN_COVER / 2, False),
    ],
)
def test_a_scan_is_a_picture_with_next_to_no_letters(chars: int, cover: float, scan: bool) -> None:
    assert page("x" * chars, cover).is_scan is scan


def test_letters_are_counted_over_all_lines() -> None:
    made = page("x" * (SCAN_CHARS - 1), 1.0)
    made.lines.append(Line("x", (72.0, 60.0, 80.0, 70.0), 10.0, 0))
    assert not made.is_scan
