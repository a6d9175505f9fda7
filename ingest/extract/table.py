"""CSV and its relatives: one row, one block."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from ingest.blocks import BlockKind, Extraction, Row, Writer
from ingest.errors import Damaged
from ingest.extract.job import Job
from ingest.extract.text import read

_SAMPLE = 64 * 1024
_MAX_CELL = 1_000_000


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a table.

    Raises:
        NotAccepted, Damaged, Excessive: If it cannot be read, or not whole.
    """
    text = read(path)
    writer = Writer(job.limits.max_chars)
    csv.field_size_limit(_MAX_CELL)
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), _dialect(text)), 1):
            cells = [" ".join(cell.split()) for cell in row]
            writer.add(BlockKind.ROW, " | ".join(one for one in cells if one), Row("", number))
    except csv.Error as exc:
        raise Damaged from exc
    return writer.extraction("csv", engine="accord csv 1")


def _dialect(text: str) -> type[csv.Dialect]:
    try:
        return csv.Sniffer().sniff(text[:_SAMPLE].rpartition("\n")[0] or text, ",;\t|")
    except csv.Error:
        return csv.excel
