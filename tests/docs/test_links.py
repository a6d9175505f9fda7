"""Pages lead only to what is there: links, and files named in the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness import ROOT

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "bench" / "README.md",
]

_NAMED = re.compile(
    r"`((?:ai|bench|collab|deploy|docs|ingest|rooms|scripts|store|tests|web)/[A-Za-z0-9_./-]*)`"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_files_are_there(page: Path) -> None:
    text = page.read_text()
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    links += re.findall(r'(?:src|srcset)="([^"]+)"', text)
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    gone += [name for name in _NAMED.findall(text) if not (ROOT / name).exists()]
    assert gone == []


def test_there_are_links_to_look_at() -> None:
    text = (ROOT / "README.md").read_text()
    assert "](docs/design.md)" in text
    assert _NAMED.findall((ROOT / "docs" / "design.md").read_text())
