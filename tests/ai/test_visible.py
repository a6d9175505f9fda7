from __future__ import annotations

import pytest

from ai.visible import one_line, visible


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b", "\u200e", "\u202e", "\u2066", "\ufeff", "\u00ad", "\u0007", "\x7f",
        "\ud800", "\ue000", "\u3164", "\u034f", "\U000e0041", "\U000e0101",
    ],
)  # fmt: skip
def test_what_shows_nothing_goes(hidden: str) -> None:
    assert visible(f"buses{hidden} first") == "buses first"


@pytest.mark.parametrize(
    "shown",
    [
        "plain", "é日本🎉", "👩\u200d👩\u200d👧", "نمی\u200cخواهم", "❤\ufe0f", "\u0600\u0661",
        "two\nlines\tand a tab", "no\u00a0break",
    ],
)  # fmt: skip
def test_what_people_see_stays(shown: str) -> None:
    assert visible(shown) == shown


def test_one_line_is_one_line() -> None:
    assert one_line(" two\n\n lines\u2028and\u200b\ta tab ") == "two lines and a tab"
