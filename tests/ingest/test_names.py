from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.names import clean_name


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("report.pdf", "report.pdf"),
        ("Größe 港 🦊.pdf", "Größe 港 🦊.pdf"),
        ("Gro\u0308ße.pdf", "Größe.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ana\\report.pdf", "report.pdf"),
        ("..", "document"),
        ("", "document"),
        ("/", "document"),
        ("a\x00b\nc\x7f.txt", "abc.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066\u200f\ufeffname.txt", "name.txt"),
        ("نامه\u200cها.pdf", "نامه\u200cها.pdf"),
        ("x" * 500 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 500, "x" * 199),
        (" . hidden . ", "hidden"),
    ],
)
def test_a_name_is_what_shows_of_its_last_part(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned


@given(st.text(max_size=400))
def test_no_name_is_a_path_or_lies_about_itself(name: str) -> None:
    found = clean_name(name)
    assert 0 < len(found) <= 200
    assert "/" not in found
    assert "\\" not in found
    assert found not in (".", "..")
    assert not {unicodedata.bidirectional(one) for one in found} & {"RLO", "LRO", "RLE", "LRE"}
    assert found.isprintable() or "\u200c" in found or "\u200d" in found
