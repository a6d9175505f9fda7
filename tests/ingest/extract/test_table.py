from __future__ import annotations

from pathlib import Path

import pytest

from ingest.blocks import Row
from ingest.errors import Damaged
from tests.ingest.files import keep, read, texts


@pytest.mark.parametrize("comma", [",", ";", "\t"])
def test_rows_come_back_whatever_parts_their_cells(tmp_path: Path, comma: str) -> None:
    rows = [["Region", "2025"], ["North", '"a\nb"'], [], ["South", "23"]]
    found = read(keep(tmp_path, "a.csv", "\n".join(comma.join(row) for row in rows)))
    assert texts(found) == [("row", "Region | 2025"), ("row", "North | a b"), ("row", "South | 23")]
    assert [one.anchor for one in found.blocks] == [Row("", 1), Row("", 2), Row("", 4)]


def test_one_column_is_a_table_too(tmp_path: Path) -> None:
    assert texts(read(keep(tmp_path, "a.csv", "Region\nNorth"))) == [
        ("row", "Region"),
        ("row", "North"),
    ]


def test_a_cell_that_does_not_end_is_damage(tmp_path: Path) -> None:
    with pytest.raises(Damaged):
        read(keep(tmp_path, "a.csv", 'a,b\n"' + "x" * 1_100_000))
