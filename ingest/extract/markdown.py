"""
Markdown: its headings, items, rows and paragraphs, the text itself as it was written.

Source: CommonMark 0.31, 4.2, 4.3 (headings), 4.5 (fenced code), 5.2 (list items).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ingest.blocks import BlockKind, Extraction, Writer
from ingest.extract.job import Job
from ingest.extract.text import read

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"(\s*)(?:[-*+]|\d{1,9}[.)])[ \t]+(.*)")
_RULE = re.compile(r"\s*\|?[\s:|-]+\|[\s:|-]*$")


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a Markdown file.

    Raises:
        NotAccepted, Excessive: If it cannot be read, or not whole.
    """
    writer = Writer(job.limits.max_chars)
    for kind, level, text in _blocks(read(path).split("\n")):
        writer.add(kind, text, level=level)
    return writer.extraction("markdown", engine="accord markdown 1")


def _blocks(lines: list[str]) -> Iterator[tuple[BlockKind, int, str]]:
    paragraph: list[str] = []
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        if fence:
            paragraph.append(line)
            if mark and mark[1].startswith(fence) and line.strip() == mark[1]:
                yield _paragraph(paragraph)
                fence = ""
        elif mark:
            yield _paragraph(paragraph)
            fence = mark[1]
            paragraph.append(line)
        elif paragraph and _UNDERLINE.match(line):
            _, _, text = _paragraph(paragraph)
            yield BlockKind.HEADING, 1 if "=" in line else 2, text
        elif (found := _block(line)) is None and line.strip():
            paragraph.append(line)
        else:
            yield _paragraph(paragraph)
            if found is not None:
                yield found
    yield _paragraph(paragraph)


def _paragraph(lines: list[str]) -> tuple[BlockKind, int, str]:
    """Return the lines so far as a paragraph, and forget them; the writer leaves out empty ones."""
    text = "\n".join(lines)
    lines.clear()
    return BlockKind.PARAGRAPH, 0, text


def _block(line: str) -> tuple[BlockKind, int, str] | None:
    """Return what a line is by itself, None if it belongs to a paragraph or is blank."""
    if heading := _HEADING.match(line):
        return BlockKind.HEADING, len(heading[1]), heading[2] or ""
    if item := _ITEM.match(line):
        return BlockKind.ITEM, len(item[1].expandtabs(4)) // 2 + 1, item[2]
    if line.count("|") >= 2:
        if _RULE.match(line):
            return BlockKind.ROW, 0, ""
        cells = [one.strip() for one in line.strip().strip("|").split("|")]
        return BlockKind.ROW, 0, " | ".join(one for one in cells if one)
    return None
