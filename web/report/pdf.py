"""
A report as PDF, set by Typst.

What people wrote goes in as JSON and is shown as text by the template: none of it is markup. The template can read no
file but itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from ai.visible import visible
from web.report import words

_TEMPLATE = Path(__file__).parent / "statement.typ"


class ReportFailed(Exception):
    """Typst could not set a report."""


def render(bundle: dict[str, Any], *, picture: bool = False) -> bytes:
    """
    Return the report as PDF, or a picture (PNG) of its only page, for looking at it.

    Raises:
        ReportFailed: If it cannot be set.
    """
    data = json.dumps(_data(bundle), ensure_ascii=False)
    try:
        return typst.compile(
            str(_TEMPLATE),
            root=str(_TEMPLATE.parent),
            format="png" if picture else "pdf",
            sys_inputs={"report": data},
        )
    except (RuntimeError, ValueError) as exc:
        raise ReportFailed(str(exc)) from exc


def _data(bundle: dict[str, Any]) -> dict[str, Any]:
    session = bundle["session"]
    return {
        "title": _clean(session["title"]),
        "question": _clean(session["question"]),
        "agreed": bundle["statement"]["agreed"],
        "status": words.status(bundle),
        "blocks": _blocks(bundle["statement"]["blocks"]),
        "sections": [
            {
                "title": one.title,
                "lines": [_clean(line) for line in one.lines],
                "items": [
                    {"text": _clean(item.text), "below": [_clean(line) for line in item.below]}
                    for item in one.items
                ],
            }
            for one in words.sections(bundle)
        ],
    }


def _blocks(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    made = []
    numbers: list[int] = []
    for block in blocks:
        level = block.get("level", 0)
        marker = "•"
        if block["kind"] == "ordered":
            numbers = [*numbers[: level + 1], *[0] * (level + 1 - len(numbers))]
            numbers[level] += 1
            marker = f"{numbers[level]}."
        elif block["kind"] != "bullet":
            numbers = []
        spans = [{**span, "text": _clean(span["text"])} for span in block["spans"]]
        made.append({**block, "spans": spans, "marker": marker})
    return made


def _clean(text: str) -> str:
    """Return what can be set: no half characters, nothing that turns other text round or hides it."""
    return visible(text.encode("utf-8", "replace").decode())
