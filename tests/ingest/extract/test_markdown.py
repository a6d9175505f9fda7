from __future__ import annotations

from pathlib import Path

from ingest.blocks import Under
from tests.ingest.files import keep, read, texts

TEXT = """\
The harbour
===========

It **grows**
slowly.

## Aims ##
- quiet
  1. deeper

| Region | 2025 |
|--------|-----:|
| North  | 17   |

```sh
# no heading

- no item
```
Second
---
End.
"""


def test_headings_items_rows_code_and_paragraphs_are_told_apart(tmp_path: Path) -> None:
    found = read(keep(tmp_path, "a.md", TEXT))
    assert texts(found) == [
        ("heading", "The harbour"),
        ("paragraph", "It **grows**\nslowly."),
        ("heading", "Aims"),
        ("item", "quiet"),
        ("item", "deeper"),
        ("row", "Region | 2025"),
        ("row", "North | 17"),
        ("paragraph", "```sh\n# no heading\n\n- no item\n```"),
        ("heading", "Second"),
        ("paragraph", "End."),
    ]
    assert found.blocks[4].anchor == Under(("The harbour", "Aims"))
    assert [one.level for one in found.blocks[:5]] == [1, 0, 2, 1, 2]
