"""
The statement as Markdown (CommonMark): its text escaped, its look kept, its sources listed.

What participants wrote is never taken for markup: every character that Markdown could read is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from collab.statement import Block, Span

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
_LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])(?=\s|$|[-=])")


@dataclass(frozen=True, slots=True)
class Source:
    """A quote behind a sentence; `author` only where they allowed their name, `quote` only where allowed."""

    quote: str | None
    author: str | None


@dataclass(frozen=True, slots=True)
class SourcedText:
    """A proposed text that went into the statement, with its sources."""

    text: str
    edited: bool
    sources: Sequence[Source]


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    flat = " ".join(text.split())
    return _LINE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", flat))


def statement(blocks: Sequence[Block]) -> str:
    """Return the statement."""
    lines: list[str] = []
    numbers: dict[int, int] = {}
    previous = ""
    for block in blocks:
        if block.kind != "ordered":
            numbers.clear()
        text = "".join(_span(span) for span in block.spans).strip()
        if not text:
            continue
        if lines and not (block.kind == previous and block.kind in ("bullet", "ordered")):
            lines.append("")
        lines.append(_block(block, text, numbers))
        previous = block.kind
    return "\n".join(lines)


def sources(texts: Sequence[SourcedText]) -> str:
    """Return the list of what came from where."""
    lines = []
    for number, one in enumerate(texts, 1):
        edited = " (wording edited by a participant)" if one.edited else ""
        lines.append(f"{number}. {escape(one.text)}{edited}")
        withheld = 0
        for source in one.sources:
            if source.quote is None:
                withheld += 1
            else:
                who = escape(source.author) if source.author else "a participant, anonymously"
                lines.append(f"   - “{escape(source.quote)}” ({who})")
        if withheld:
            plural = "input" if withheld == 1 else "inputs"
            lines.append(f"   - and {withheld} {plural} not to be quoted")
    return "\n".join(lines)


def _block(block: Block, text: str, numbers: dict[int, int]) -> str:
    indent = "   " * block.level
    if block.kind == "heading":
        return f"{'#' * min(block.level + 1, 6)} {text}"
    if block.kind == "quote":
        return f"> {text}"
    if block.kind == "bullet":
        return f"{indent}- {text}"
    if block.kind == "ordered":
        numbers[block.level] = numbers.get(block.level, 0) + 1
        for deeper in [level for level in numbers if level > block.level]:
            del numbers[deeper]
        return f"{indent}{numbers[block.level]}. {text}"
    return text


def _span(span: Span) -> str:
    escaped = _SPECIAL.sub(r"\\\1", span.text)
    lead = escaped[: len(escaped) - len(escaped.lstrip())]
    tail = escaped[len(escaped.rstrip()) :]
    text = _LINE_START.sub(r"\1\\\2", escaped.strip())
    if not text:
        return escaped
    if span.italic:
        text = f"*{text}*"
    if span.bold:
        text = f"**{text}**"
    if span.link is not None and is_safe_link(span.link):
        target = span.link.replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
        text = f"[{text}](<{target}>)"
    return lead + text + tail


def is_safe_link(link: str) -> bool:
    """Whether a link leads to the web or a mailbox, not into the reader's browser."""
    try:
        return urlsplit(link.strip()).scheme in ("http", "https", "mailto")
    except ValueError:
        return False
