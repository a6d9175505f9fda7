from __future__ import annotations

from pathlib import Path
from typing import Any

from pptx.chart import data as charts
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from ingest.blocks import Slide
from tests.ingest.files import presentation, read, texts

chart_data: Any = charts.CategoryChartData  # untyped

_BOX = (Inches(1), Inches(1), Inches(3), Inches(2))


def _build(made: Any) -> None:
    slide = made.slides.add_slide(made.slide_layouts[1])
    slide.shapes.title.text = "The harbour"
    frame = slide.placeholders[1].text_frame
    frame.text = "It grows"
    frame.add_paragraph().text = "slowly"
    frame.paragraphs[1].level = 1
    slide.notes_slide.notes_text_frame.text = "Say it slowly."
    table = slide.shapes.add_table(1, 2, *_BOX).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Region", "2025"
    data: Any = chart_data()
    data.categories = ["East", "West"]
    data.add_series("Ships", (19.5, 21))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *_BOX, data)
    group = slide.shapes.add_group_shape().shapes.add_group_shape()
    group.shapes.add_textbox(*_BOX).text_frame.text = "In a group"
    hidden = made.slides.add_slide(made.slide_layouts[5])
    hidden.shapes.title.text = "Hidden"
    hidden.element.set("show", "0")
    made.slides.add_slide(made.slide_layouts[6])


def test_slides_come_back_with_tables_charts_groups_and_notes(tmp_path: Path) -> None:
    found = read(presentation(tmp_path / "a.pptx", _build))
    assert texts(found) == [
        ("heading", "The harbour"),
        ("item", "It grows"),
        ("item", "slowly"),
        ("row", "Region | 2025"),
        ("row", "East | West"),
        ("row", "Ships | 19.5 | 21"),
        ("item", "In a group"),
        ("note", "Say it slowly."),
        ("heading", "Slide 3"),
    ]
    assert found.units == 3
    anchors = [one.anchor for one in found.blocks]
    assert anchors[:7] == [Slide(1)] * 7
    assert anchors[7:] == [Slide(1, "notes"), Slide(3)]


def test_a_hidden_slide_is_left_out_and_told(tmp_path: Path) -> None:
    found = read(presentation(tmp_path / "a.pptx", _build))
    assert "Hidden" not in found.text
    assert [(note.what, note.where) for note in found.notes] == [("hidden-slides", (2,))]
