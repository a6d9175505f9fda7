"""`ai.lint`: what a proposal may not carry."""

from __future__ import annotations

import pytest

from ai.lint import carried


@pytest.mark.parametrize(
    "text",
    [
        "See https://evil.example/a?b=c for more.",
        "See HTTPS://evil.example.",
        "See www.evil.org.",
        "See evil-site.com/now.",
        "![](https://evil.example/pixel.png)",
        "![look](cid:1)",
        "[Sign here](/leave)",
        "[[secret]]",
        "<img src=x onerror=alert(1)>",
        "</answer>",
        "<!-- hidden -->",
        "Ask @mallory about it.",
        "javascript:alert(1)",
        "data:text/html,hello",
    ],
)
def test_links_markup_and_mentions_are_found(text: str) -> None:
    assert carried(text)


@pytest.mark.parametrize(
    "text",
    [
        "Buses run on Sundays.",
        "AI: should be regulated.",
        "Fewer than 3 < 5 ships, more than 2 > 1.",
        "Write to the office at info@harbour.example.net by mail.",
        "At 9:30, not at 10:15 (see annex [2]).",
        "The ratio is 3:1, i.e. three to one.",
        "Costs are 1.5 million, e.g. for the pier.",
        "Die Mole bleibt. 公交车周日运行。",
    ],
)
def test_what_people_write_is_not(text: str) -> None:
    assert carried(text) == []


def test_what_a_source_says_may_be_said() -> None:
    said = "Our plan is at https://harbour.example/plan since May."
    assert carried("The plan is at https://harbour.example/plan since May.", [said]) == []
    assert carried("It is at https://harbour.example/other.", [said]) != []
