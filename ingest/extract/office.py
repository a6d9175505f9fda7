"""Old and rare office formats, turned into new ones by LibreOffice if it is there."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import tempfile
from pathlib import Path

from ingest import extract as formats
from ingest.blocks import Extraction
from ingest.errors import Damaged, NeedsOffice
from ingest.extract.job import Job
from ingest.sniff import Kind, sniff

_INTO = {
    Kind.DOC: "docx",
    Kind.RTF: "docx",
    Kind.PPT: "pptx",
    Kind.ODP: "pptx",
    Kind.XLS: "xlsx",
    Kind.ODS: "xlsx",
}


def extract(path: Path, job: Job) -> Extraction:
    """
    Read an old office file.

    Raises:
        NeedsOffice: If this machine has no LibreOffice.
        Damaged, Excessive: If it cannot be read, or not whole.
    """
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        raise NeedsOffice
    kind = sniff(path, job.name, job.limits)
    with tempfile.TemporaryDirectory() as folder:
        made = _convert(program, path, _INTO[kind], Path(folder))
        new = sniff(made, made.name, job.limits)
        found = formats.extractor(new, job.limits.pdf_engine)(made, job)
    return dataclasses.replace(found, kind=kind.value, engine=f"libreoffice, {found.engine}")


def _convert(program: str, path: Path, into: str, folder: Path) -> Path:
    profile = (folder / "profile").as_uri()
    command = [
        program,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--norestore",
        "--convert-to",
        into,
        "--outdir",
        str(folder),
        str(path),
    ]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    made = folder / f"{path.stem}.{into}"
    if done.returncode != 0 or not made.exists():
        raise Damaged
    return made
