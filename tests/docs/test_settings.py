"""`docs/settings.md` says of every setting what `web/settings.py` says, and other pages name none that is not there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.settings_table import rows
from tests.harness import ROOT, TOKEN

PAGE = ROOT / "docs" / "settings.md"

#: Everything a reader or an administrator may copy a setting from.
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "bench" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(path for path in (ROOT / "deploy").rglob("*") if path.is_file()),
]


def test_every_setting_is_told_as_it_is() -> None:
    told = {line for line in PAGE.read_text().splitlines() if re.match(r"\| `[A-Z_]+` ", line)}
    wanted = set(rows().values())
    assert told == wanted, "\n".join(
        ["docs/settings.md lacks:", *sorted(wanted - told), "and has:", *sorted(told - wanted)]
    )


def test_each_is_told_once() -> None:
    told = re.findall(r"^\| `([A-Z_]+)` ", PAGE.read_text(), re.MULTILINE)
    assert sorted(told) == sorted(rows())


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_names_a_setting_that_is_not_there(page: Path) -> None:
    named = set(re.findall(r"\bACCORD_[A-Z][A-Z_]*[A-Z]\b(?!_?\*)", page.read_text()))
    wrong = {"ACCORD_PROT"} if page == PAGE else set()  # the example of a misspelt one
    assert {one for one in named if not one.startswith("ACCORD_TEST_")} - set(rows()) == wrong


@pytest.mark.parametrize("command", ["serve", "migrate", "check"])
def test_a_misspelt_setting_stops_the_start_with_the_words_on_the_page(
    tmp_path: Path, command: str
) -> None:
    accord = Path(sys.executable).parent / "accord"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ACCORD_")}
    ended = subprocess.run(
        [accord, command],
        env={**clean, "ACCORD_PROT": "8001", "ACCORD_FACILITATOR_TOKEN": TOKEN},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert ended.returncode == 2
    assert ended.stderr.strip() in PAGE.read_text()
    assert list(tmp_path.iterdir()) == []
