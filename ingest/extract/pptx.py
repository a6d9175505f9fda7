"""PowerPoint presentations: slides with their tables, charts, groups and notes. Hidden slides are left out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from ingest import archive
from ingest.blocks import BlockKind, Extraction, Slide, Writer
from ingest.extract.job import Job


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a presentation.

    Raises:
        Damaged, PasswordProtected, Excessive: If it cannot be read, or not whole.
    """
    archive.check(path, job.limits)
    presentation = Presentation(str(path))
    slides = list(presentation.slides)
    writer = Writer(job.limits.max_chars)
    for number, slide in enumerate(slides, 1):
        if slide.element.get("show") == "0":
            writer.note("hidden-slides", number)
        else:
            _write_slide(writer, slide, number)
        job.progress(number / len(slides))
    return writer.extraction("pptx", units=len(slides), engine="python-pptx 1")


def _write_slide(writer: Writer, slide: Any, number: int) -> None:
    anchor = Slide(number)
    title = slide.shapes.title
    words = title.text_frame.text if title is not None else ""
    writer.add(BlockKind.HEADING, words.strip() or f"Slide {number}", anchor, level=1)
    for shape in _shapes(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _write_shape(writer, shape, anchor)
    if slide.has_notes_slide:
        frame = slide.notes_slide.notes_text_frame
        if frame is not None:
            writer.add(BlockKind.NOTE, frame.text, Slide(number, "notes"))


def _shapes(shapes: Any) -> Iterator[Any]:
    for shape in shapes:
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            yield from _shapes(shape.shapes)
        else:
            yield shape


def _write_shape(writer: Writer, shape: Any, anchor: Slide) -> None:
    if shape.has_text_frame:
        for paragraph in shape.text_frame.paragraphs:
            text = "".join(run.text for run in paragraph.runs)
            writer.add(BlockKind.ITEM, text, anchor, level=paragraph.level + 1)
    elif getattr(shape, "has_table", False):
        for row in shape.table.rows:
            cells = [" ".join(cell.text.split()) for cell in row.cells]
            writer.add(BlockKind.ROW, " | ".join(one for one in cells if one), anchor)
    elif getattr(shape, "has_chart", False):
        _write_chart(writer, shape.chart, anchor)


def _write_chart(writer: Writer, chart: Any, anchor: Slide) -> None:
    if chart.has_title and chart.chart_title.has_text_frame:
        writer.add(BlockKind.PARAGRAPH, chart.chart_title.text_frame.text, anchor)
    for plot in chart.plots:
        names = [str(one) for one in plot.categories]
        if names:
            writer.add(BlockKind.ROW, " | ".join(["", *names]).strip(" |"), anchor)
        for series in plot.series:
            values = ["" if one is None else f"{one:g}" for one in series.values]
            writer.add(BlockKind.ROW, " | ".join([str(series.name), *values]), anchor)
