"""A report as Markdown, everything people wrote escaped."""

from __future__ import annotations

from typing import Any

from collab import frozen
from web import markdown
from web.report import words


def render(bundle: dict[str, Any]) -> str:
    """Return the report."""
    session = bundle["session"]
    text = markdown.statement(frozen.from_json(bundle["statement"]["blocks"]))
    parts = [
        f"# {markdown.escape(session['title'])}",
        f"**{markdown.escape(session['question'])}**",
        markdown.escape(words.status(bundle)),
        "---",
        text or "*The statement is still empty.*",
        "---",
    ]
    for section in words.sections(bundle):
        parts.append(f"## {section.title}")
        parts += [markdown.escape(line) for line in section.lines]
        if section.items:
            parts.append("\n".join(_item(item) for item in section.items))
    return "\n\n".join(parts) + "\n"


def _item(item: words.Item) -> str:
    lines = [f"- {markdown.escape(item.text)}"]
    lines += [f"  - {markdown.escape(one)}" for one in item.below]
    return "\n".join(lines)
