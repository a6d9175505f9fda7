"""Excel workbooks: each sheet's rows, values instead of formulas. Hidden sheets are left out."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import load_workbook

from ingest import archive
from ingest.blocks import BlockKind, Extraction, Row, Writer
from ingest.extract.job import Job

#: Cells of one row that are read.
_MAX_COLUMNS = 500


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a workbook.

    Raises:
        Damaged, PasswordProtected, Excessive: If it cannot be read, or not whole.
    """
    archive.check(path, job.limits)
    book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
    writer = Writer(job.limits.max_chars)
    try:
        sheets = book.worksheets
        for done, sheet in enumerate(sheets, 1):
            if sheet.sheet_state == "visible":
                _write_sheet(writer, sheet)
            else:
                writer.note("hidden-sheets", sheet.title)
            job.progress(done / len(sheets))
    finally:
        book.close()
    return writer.extraction("xlsx", units=len(sheets), engine="openpyxl 3")


def _write_sheet(writer: Writer, sheet: Any) -> None:
    sheet.reset_dimensions()  # what the file says of its size is not believed
    writer.add(BlockKind.HEADING, sheet.title, Row(sheet.title, 1), level=1)
    for number, row in enumerate(sheet.iter_rows(max_col=_MAX_COLUMNS, values_only=True), 1):
        cells = [_words(value) for value in row if value is not None]
        writer.add(BlockKind.ROW, " | ".join(one for one in cells if one), Row(sheet.title, number))


def _words(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        return value.date().isoformat()
    if isinstance(value, (datetime, date)):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return " ".join(str(value).split())
