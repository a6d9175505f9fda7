"""The real LibreOffice, for tests: files as it writes them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.e2e.conftest import missing


def convert(source: Path, kind: str, folder: Path) -> Path:
    """Convert a file; return the new one. Without LibreOffice the test is skipped loudly, with CI=true it fails."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice is not installed")
    command = [
        str(program),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        kind,
        "--outdir",
        str(folder),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    made = folder / f"{source.stem}.{kind}"
    assert made.exists()
    return made
