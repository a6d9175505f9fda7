from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ingest.errors import Damaged, NeedsOffice
from tests.ingest.files import compound, docx, keep, paragraph, read

OFFICE = shutil.which("soffice")


def test_without_an_office_program_people_are_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NeedsOffice, match=r"Save it as \.docx.*or ask whoever runs this server"):
        read(keep(tmp_path, "a.doc", compound("WordDocument")))


def test_a_program_that_cannot_convert_a_file_says_it_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = keep(tmp_path, "soffice", "#!/bin/sh\nexit 0\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(Damaged):
        read(keep(tmp_path, "a.doc", compound("WordDocument")))


@pytest.mark.parametrize("kind", ["doc", "rtf", "odt"])
def test_old_formats_read_as_their_new_ones_do(tmp_path: Path, kind: str) -> None:
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed: this test DID NOT RUN")
    source = keep(tmp_path, "source.docx", docx(paragraph("The harbour grows slowly: Größe.")))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = [
        OFFICE,
        profile,
        "--headless",
        "--convert-to",
        kind,
        "--outdir",
        str(tmp_path),
        str(source),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    found = read(tmp_path / f"source.{kind}")
    assert found.text == "The harbour grows slowly: Größe."
    assert found.kind == kind
