"""`web.report.pdf`: people's words are set, never run."""

from __future__ import annotations

import json

import pytest
import typst

from tests.web.report.samples import HOSTILE, bundle
from tests.work import at_most
from web.report import pdf
from web.report.pdf import _TEMPLATE, ReportFailed, _data


def test_hostile_words_come_out_as_they_are() -> None:
    data = _data(bundle())
    shown = HOSTILE.replace("\x07", "").replace("\u202e", "")  # nothing turns the rest round
    assert shown in data["title"]
    made = pdf.render(bundle())
    assert made.startswith(b"%PDF-")


def test_what_people_wrote_is_no_markup() -> None:
    """Typst itself is asked what it made of the words: one text each, no heading, no link, no equation."""
    inputs = {"report": json.dumps(_data(bundle()))}
    for kind in ("heading", "link", "math.equation", "ref", "raw"):
        found = typst.query(str(_TEMPLATE), kind, sys_inputs=inputs, root=str(_TEMPLATE.parent))
        assert json.loads(found) == [], kind


def test_ordered_lists_are_numbered_per_level() -> None:
    markers = [one["marker"] for one in _data(bundle())["blocks"] if one["kind"] == "ordered"]
    assert markers == ["1.", "1.", "2."]


def test_half_a_character_does_not_stop_a_report() -> None:
    value = bundle()
    value["session"]["question"] = "\ud83c half"
    value["statement"]["blocks"][1]["spans"][0]["text"] = "\udfff"
    assert pdf.render(value).startswith(b"%PDF-")


def test_twenty_pages_take_less_than_five_seconds() -> None:
    with at_most(5):
        made = pdf.render(bundle(sentences=220))
    assert made.count(b"/Type /Page\n") >= 20 or made.count(b"/Type/Page") >= 20


def test_what_cannot_be_set_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_TEMPLATE", _TEMPLATE.parent / "missing.typ")
    with pytest.raises(ReportFailed):
        pdf.render(bundle())
