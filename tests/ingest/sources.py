"""Documents for other programs to convert: a text, slides and a workbook with what people put into theirs."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from tests.ingest.files import presentation, workbook

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{full}:1.0"'
    for name, full in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("fo", "xsl-fo-compatible"),
    )
)

TEXT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.text">
<office:body><office:text>
<text:tracked-changes><text:changed-region text:id="gone"><text:deletion><office:change-info>
<dc:creator>Ben</dc:creator><dc:date>2026-11-01T10:00:00</dc:date></office:change-info>
<text:p>Deleted words.</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:h text:outline-level="1">The harbour until 2040</text:h>
<text:p>It grows slowly: Größe, naïve, 港口, הנמל, порт. A line<text:line-break/>and another.</text:p>
<text:h text:outline-level="2">Aims</text:h>
<text:list><text:list-item><text:p>Quiet nights</text:p><text:list><text:list-item><text:p>no horns after ten</text:p>
</text:list-item></text:list></text:list-item><text:list-item><text:p>Clean water</text:p></text:list-item></text:list>
<text:p>Ships pay more<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>
<text:p>From 2027 on.</text:p></text:note-body></text:note> than boats.<text:change text:change-id="gone"/></text:p>
<text:p>Everybody<office:annotation><dc:creator>Ben</dc:creator><text:p>A remark.</text:p></office:annotation>
 agrees.</text:p>
<text:h text:outline-level="2">Money</text:h>
<table:table table:name="Budget"><table:table-column table:number-columns-repeated="2"/>
<table:table-row><table:table-cell><text:p>Region</text:p></table:table-cell><table:table-cell><text:p>Millions</text:p>
</table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>North</text:p></table:table-cell>
<table:table-cell><text:p>12.5</text:p></table:table-cell></table:table-row></table:table>
<text:p>That is all.</text:p>
</office:text></office:body></office:document>
"""


def text(folder: Path) -> Path:
    """Write the text, as OpenDocument in one XML file."""
    path = folder / "text.fodt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def slides(folder: Path) -> Path:
    """Write the slides, with python-pptx."""
    return presentation(folder / "slides-source.pptx", _build_slides)


def _build_slides(made: Any) -> None:
    charts: Any = import_module("pptx.chart.data")  # untyped
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    first = made.slides.add_slide(made.slide_layouts[1])
    first.shapes.title.text = "The harbour until 2040"
    first.placeholders[1].text = "Quiet nights\nClean water: Größe, 港口"
    first.notes_slide.notes_text_frame.text = "Say that ships pay more."
    second = made.slides.add_slide(made.slide_layouts[5])
    second.shapes.title.text = "Money"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for at, words in enumerate(("Region", "Millions", "North", "12.5")):
        table.cell(at // 2, at % 2).text = words
    group = second.shapes.add_group_shape()
    box = group.shapes.add_textbox(Inches(1), Inches(4), Inches(3), Inches(1))
    box.text_frame.text = "In a group"
    third = made.slides.add_slide(made.slide_layouts[5])
    third.shapes.title.text = "Traffic"
    data = charts.CategoryChartData()
    data.categories = ["2025", "2026"]
    data.add_series("Ships", (120, 90))
    third.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(2), Inches(5), Inches(3), data
    )
    hidden = made.slides.add_slide(made.slide_layouts[5])
    hidden.shapes.title.text = "Hidden"
    hidden._element.set("show", "0")


def sheets(folder: Path) -> Path:
    """Write the workbook, with openpyxl."""
    return workbook(folder / "sheets-source.xlsx", _build_sheets)


def _build_sheets(made: Any) -> None:
    import datetime

    first = made.active
    first.title = "Budget"
    for row in (
        ("Region", "Millions", "Until"),
        ("North", 12.5, datetime.date(2027, 1, 31)),
        ("Süden", 7),
    ):
        first.append(row)
    first["B4"] = "=SUM(B2:B3)"
    first["A4"] = "Together"
    hidden = made.create_sheet("Secret")
    hidden.append(("Hidden",))
    hidden.sheet_state = "hidden"
    made.create_sheet("Notes").append(("Clean water",))
