"""`web.report.text`: Markdown that shows people's words as they are."""

from __future__ import annotations

from markdown_it import MarkdownIt

from tests.web.report.samples import HOSTILE, bundle
from web.report import text


def test_hostile_words_are_words() -> None:
    made = text.render(bundle())
    html = MarkdownIt("commonmark", {"html": True}).render(made)
    assert "<w:p" not in html
    assert "<a " not in html
    assert "<code>" not in html
    assert html.count("*b*") >= 4
    assert HOSTILE.split()[0] in html


def test_it_has_every_section_and_the_status() -> None:
    made = text.render(bundle())
    for title in ("Dissent notes", "Polls", "Rounds", "Where each sentence comes from", "Measures"):
        assert f"## {title}" in made
    assert "Agreed by vote" in made
    assert "**quietly**" in made
