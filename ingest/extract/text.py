"""Plain text: paragraphs are what blank lines part."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.blocks import BlockKind, Extraction, Writer
from ingest.extract.job import Job
from ingest.sniff import decoded

_BLANK = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def read(path: Path) -> str:
    """
    Return a text file's text, with one kind of line break.

    Raises:
        NotAccepted: If it is no text after all.
    """
    text = decoded(path.read_bytes(), complete=True)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a text file.

    Raises:
        NotAccepted, Excessive: If it cannot be read, or not whole.
    """
    writer = Writer(job.limits.max_chars)
    for paragraph in _BLANK.split(read(path)):
        writer.add(BlockKind.PARAGRAPH, paragraph)
    return writer.extraction("text", engine="accord text 1")
