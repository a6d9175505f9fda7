"""HTML: what a reader of the page would read. Scripts, styles and what is hidden are left out; nothing is fetched."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import etree

from ingest.blocks import BlockKind, Extraction, Writer
from ingest.errors import Damaged
from ingest.extract.job import Job
from ingest.extract.parts import Element, local
from ingest.extract.text import read

_SKIPPED = frozenset(
    {"script", "style", "template", "noscript", "head", "svg", "math", "iframe", "object", "select"}
)
_BLOCKS = frozenset(
    """address article aside blockquote body center dd details dialog dir div dl dt fieldset figcaption figure
    footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu nav ol p pre section summary table tbody
    tfoot thead tr ul""".split()  # noqa: SIM905 - a list of 40 quoted words reads worse
)
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])", re.I
)
_HEADING = re.compile(r"h([1-6])$")


def extract(path: Path, job: Job) -> Extraction:
    """
    Read a page.

    Raises:
        NotAccepted, Damaged, Excessive: If it cannot be read, or not whole.
    """
    parser = etree.HTMLParser(
        no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8"
    )
    root = etree.fromstring(read(path).encode("utf-8", "replace"), parser)
    if root is None:
        raise Damaged
    reader = _Reader(Writer(job.limits.max_chars))
    reader.block(root, BlockKind.PARAGRAPH, 0)
    return reader.writer.extraction(
        "html", engine=f"libxml2 {'.'.join(map(str, etree.LIBXML_VERSION))}"
    )


class _Reader:
    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self._words: list[str] = []

    def block(self, element: Element, kind: BlockKind, level: int) -> None:
        """Write an element that begins on a new line."""
        self._words.append(element.text or "")
        for one in element:
            self._child(one, kind, level)
            self._words.append(one.tail or "")
        self._flush(kind, level)

    def _child(self, element: Element, kind: BlockKind, level: int) -> None:
        name = local(element)
        if name in _SKIPPED:
            return
        if _is_hidden(element):
            self.writer.note("hidden-text", "")
        elif name == "br":
            self._words.append("\n")
        elif name == "tr":
            self._flush(kind, level)
            self._row(element)
        elif name not in _BLOCKS:
            self._inline(element, kind, level)
        else:
            self._flush(kind, level)
            if heading := _HEADING.match(name):
                self.block(element, BlockKind.HEADING, int(heading[1]))
            elif name == "li":
                self.block(element, BlockKind.ITEM, level + 1)
            else:
                self.block(element, kind, level)

    def _inline(self, element: Element, kind: BlockKind, level: int) -> None:
        self._words.append(element.text or "")
        for one in element:
            self._child(one, kind, level)
            self._words.append(one.tail or "")

    def _row(self, row: Element) -> None:
        cells = [" ".join(self._words_of(one).split()) for one in row if local(one) in ("td", "th")]
        self.writer.add(BlockKind.ROW, " | ".join(one for one in cells if one))

    def _words_of(self, element: Element) -> str:
        if local(element) in _SKIPPED or _is_hidden(element):
            return ""
        return (element.text or "") + " ".join(
            self._words_of(one) + (one.tail or "") for one in element
        )

    def _flush(self, kind: BlockKind, level: int) -> None:
        lines = "".join(self._words).split("\n")
        self._words = []
        self.writer.add(kind, " ".join(" ".join(lines).split()), level=level)


def _is_hidden(element: Element) -> bool:
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or _HIDING.search(element.get("style") or "") is not None
    )
