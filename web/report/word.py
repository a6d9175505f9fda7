"""A report as a Word document. What people wrote is put in as runs of text, never as XML or fields."""

from __future__ import annotations

import io
import re
from typing import Any

import docx
from docx.document import Document
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph

from ai.visible import visible
from web.report import words

#: What XML cannot hold.
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

_STYLES = {"bullet": "List Bullet", "ordered": "List Number", "quote": "Intense Quote"}


def render(bundle: dict[str, Any]) -> bytes:
    """Return the report as a .docx file."""
    made = docx.Document()
    made.core_properties.title = _clean(bundle["session"]["title"])[:250]
    made.core_properties.author = "Accord"
    made.add_heading(_clean(bundle["session"]["title"]), 0)
    made.add_paragraph().add_run(_clean(bundle["session"]["question"])).italic = True
    made.add_paragraph().add_run(words.status(bundle)).bold = True
    for block in bundle["statement"]["blocks"]:
        if block["spans"]:
            _block(made, block)
    for section in words.sections(bundle):
        made.add_heading(section.title, 1)
        for line in section.lines:
            made.add_paragraph(_clean(line))
        for item in section.items:
            _item(made, item)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _block(made: Document, block: dict[str, Any]) -> None:
    kind, level = block["kind"], block.get("level", 0)
    if kind == "heading":
        paragraph = made.add_heading("", min(max(level, 1), 9))
    else:
        paragraph = made.add_paragraph(style=_STYLES.get(kind))
        if level and kind in ("bullet", "ordered"):
            paragraph.paragraph_format.left_indent = Pt(18 * (min(level, 8) + 1))
    for span in block["spans"]:
        run = paragraph.add_run(_clean(span["text"]))
        run.bold = span.get("bold") or None
        run.italic = span.get("italic") or None


def _item(made: Document, item: words.Item) -> None:
    """A line of a list with its notes close below it, on the same page."""
    paragraph = made.add_paragraph(_clean(item.text), style="List Bullet")
    for line in item.below:
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.paragraph_format.keep_with_next = True
        paragraph = made.add_paragraph()
        _small(paragraph, _clean(line))
    paragraph.paragraph_format.space_after = Pt(8)


def _small(paragraph: Paragraph, text: str) -> None:
    paragraph.paragraph_format.left_indent = Pt(24)
    run = paragraph.add_run(text)
    run.font.size = Pt(9)
    run.font.color.rgb = RGBColor(0x55, 0x55, 0x55)


def _clean(text: str) -> str:
    return visible(_IMPOSSIBLE.sub("�", text))
