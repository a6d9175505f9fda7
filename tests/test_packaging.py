"""The distribution: six packages, nobody else's names, everything in it that is needed to run."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = {"collab", "rooms", "ingest", "ai", "store", "web"}


def test_no_other_distribution_claims_our_package_names() -> None:
    owners = {name for package in PACKAGES for name in packages_distributions().get(package, [])}
    assert owners <= {"accord"}


def test_the_wheel_holds_the_six_packages_and_what_they_read(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info" not in name}
    assert tops == PACKAGES
    assert "ai/prompts/draft/1.md" in names
    assert "store/migrations/versions/0001_start.py" in names
    assert "web/static/index.html" in names
    assert [name for name in names if "node_modules" in name or "/client/" in name] == []


def test_pins_have_hashes_and_name_no_host() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        pins = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
        assert len(pins) > 30
        assert text.count("--hash=sha256:") >= len(pins)
        assert "://" not in text
        assert "index" not in text


def test_lock_files_of_npm_name_no_host() -> None:
    for path in ROOT.glob("**/package-lock.json"):
        if "node_modules" not in path.parts:
            assert "://" not in re.sub(r'"(url|funding)": .*', "", path.read_text()), path
