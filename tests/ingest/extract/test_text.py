from __future__ import annotations

from pathlib import Path

from tests.ingest.files import keep, read, texts


def test_blank_lines_part_paragraphs(tmp_path: Path) -> None:
    path = keep(tmp_path, "a.txt", "One\r\nstill one.\r\n \t\r\n\r\nTwo.\rStill two.\n\n\n")
    assert texts(read(path)) == [
        ("paragraph", "One\nstill one."),
        ("paragraph", "Two.\nStill two."),
    ]


def test_any_script_stays_as_it_is(tmp_path: Path) -> None:
    text = "港は静かに。🦊👩‍👩‍👧\n\nעברית \u200fنص\n\ne\u0301 ½"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert read(keep(tmp_path, "a.txt", text.encode(encoding))).text == text
