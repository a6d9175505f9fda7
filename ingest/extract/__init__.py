"""
Reading one file, by kind: ``extract(path, job) -> Extraction``.

Runs in the process of `ingest.worker` only. Libraries are imported where they are used: a text file does not
pay for a PDF engine.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from ingest.blocks import Extraction
from ingest.extract.job import Job
from ingest.sniff import Kind

Extract = Callable[[Path, Job], Extraction]

_PDF_ENGINES = {"pymupdf": "pdf", "pypdfium2": "pdfium"}

_MODULES = {
    Kind.DOCX: "docx",
    Kind.PPTX: "pptx",
    Kind.XLSX: "xlsx",
    Kind.ODT: "odt",
    Kind.HTML: "markup",
    Kind.MARKDOWN: "markdown",
    Kind.TEXT: "text",
    Kind.CSV: "table",
    Kind.PNG: "picture",
    Kind.JPEG: "picture",
}


def extractor(kind: Kind, pdf_engine: str) -> Extract:
    """Return what reads files of a kind."""
    modules = {**_MODULES, Kind.PDF: _PDF_ENGINES[pdf_engine]}
    module = modules.get(kind, "office")
    found: Extract = import_module(f"ingest.extract.{module}").extract
    return found
