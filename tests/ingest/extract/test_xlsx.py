from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

from ingest.blocks import Row
from tests.ingest.files import read, texts, workbook


def _build(made: Any) -> None:
    sheet = made.active
    sheet.title = "Budget"
    sheet.append(["Region", "Share", "When"])
    sheet.append(["North", 0.1 + 0.2, date(2026, 11, 24)])
    sheet["A5"] = "South\nand east"
    sheet["C5"] = datetime(2026, 11, 24, 9, 30)
    made.create_sheet("Secret").append(["hidden"])
    made["Secret"].sheet_state = "hidden"


def test_rows_of_every_sheet_come_back_with_their_numbers(tmp_path: Path) -> None:
    found = read(workbook(tmp_path / "a.xlsx", _build))
    assert texts(found) == [
        ("heading", "Budget"),
        ("row", "Region | Share | When"),
        ("row", "North | 0.3 | 2026-11-24"),
        ("row", "South and east | 2026-11-24 09:30:00"),
    ]
    assert [one.anchor for one in found.blocks[1:]] == [
        Row("Budget", 1), Row("Budget", 2), Row("Budget", 5),
    ]  # fmt: skip


def test_a_hidden_sheet_is_left_out_and_told(tmp_path: Path) -> None:
    found = read(workbook(tmp_path / "a.xlsx", _build))
    assert "hidden" not in found.text
    assert [(note.what, note.where) for note in found.notes] == [("hidden-sheets", ("Secret",))]
