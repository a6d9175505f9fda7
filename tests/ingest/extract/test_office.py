from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ingest.errors import Damaged, NeedsOffice
from ingest.extraction import Extractor
from tests.golden import Golden, written
from tests.ingest.files import compound, keep, read
from tests.ingest.office import convert
from tests.ingest.sources import sheets, slides, text

GOLDEN = Path(__file__).parent / "golden"


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


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a text, slides and a workbook to convert."""
    folder = tmp_path_factory.mktemp("office")
    text(folder)
    slides(folder)
    sheets(folder)
    return folder


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("text.fodt", "docx"),
        ("text.fodt", "odt"),
        ("text.fodt", "doc"),
        ("text.fodt", "rtf"),
        ("slides-source.pptx", "odp"),
        ("slides-source.pptx", "ppt"),
        ("sheets-source.xlsx", "xls"),
    ],
)
def test_what_another_program_has_written_is_read_as_people_see_it_there(
    sources: Path, golden: Golden, source: str, kind: str
) -> None:
    found = read(convert(sources / source, kind, sources))
    assert found.kind == kind
    golden.check(GOLDEN / f"{kind}.txt", written(found))


def test_slides_of_another_program_are_read_as_those_of_ours(
    sources: Path, golden: Golden, tmp_path: Path
) -> None:
    shutil.copy(sources / "slides-source.pptx", tmp_path / "slides.pptx")
    golden.check(
        GOLDEN / "pptx.txt", written(read(convert(tmp_path / "slides.pptx", "pptx", sources)))
    )


async def test_an_old_format_is_read_within_the_limits_of_every_file(sources: Path) -> None:
    """In the process that has no network, little memory and nothing it may write to but its own folder."""
    made = convert(sources / "text.fodt", "doc", sources)
    found = await Extractor().extract(made, "old.doc")
    assert found.kind == "doc"
    assert "It grows slowly: Größe, naïve, 港口, הנמל, порт." in found.text
