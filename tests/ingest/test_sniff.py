from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import (
    Damaged,
    Disguised,
    EmptyFile,
    IngestError,
    NotAccepted,
    PasswordProtected,
)
from ingest.sniff import Kind, decoded, sniff
from tests.ingest.files import LIMITS, compound, docx, keep, line, pdf, types, zipped

PDF = pdf(line("Hello"))
HTML = "<!DOCTYPE html>\n<html><body>Hello</body></html>"


def _odf(kind: str, manifest: str = "<m/>") -> bytes:
    return zipped(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": "<x/>",
            "META-INF/manifest.xml": manifest,
        },
        stored=True,
    )


def _office(main: str) -> bytes:
    return zipped({"[Content_Types].xml": types(main)})


OFFICE = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.pdf", PDF, Kind.PDF),
        ("a.pdf", b"\xef\xbb\xbf\n" + PDF, Kind.PDF),
        ("notes.txt", PDF, Kind.PDF),
        ("a.docx", docx(""), Kind.DOCX),
        ("a.docm", _office("application/vnd.ms-word.document.macroEnabled.main+xml"), Kind.DOCX),
        ("a", _office(OFFICE + "presentationml.presentation.main+xml"), Kind.PPTX),
        ("a", _office(OFFICE + "presentationml.slideshow.main+xml"), Kind.PPTX),
        ("a", _office(OFFICE + "spreadsheetml.sheet.main+xml"), Kind.XLSX),
        ("a.odt", _odf("text"), Kind.ODT),
        ("a.odp", _odf("presentation"), Kind.ODP),
        ("a.ods", _odf("spreadsheet"), Kind.ODS),
        ("a.doc", compound("WordDocument"), Kind.DOC),
        ("a.xls", compound("Workbook"), Kind.XLS),
        ("a.ppt", compound("Current User", "PowerPoint Document"), Kind.PPT),
        ("a.rtf", b"{\\rtf1 Hello}", Kind.RTF),
        ("a.html", HTML.encode(), Kind.HTML),
        ("a.txt", HTML.encode(), Kind.HTML),
        ("a.htm", b"<p>Hello</p>", Kind.HTML),
        ("a.html", b"Hello", Kind.TEXT),
        ("a.md", b"# Hello", Kind.MARKDOWN),
        ("a.csv", b"a,b\n1,2", Kind.CSV),
        ("a.txt", b"Hello", Kind.TEXT),
        ("a.jpg", b"\xff\xd8\xff\xe0" + bytes(100), Kind.JPEG),
        ("a.pdf", b"\x89PNG\r\n\x1a\n" + bytes(100), Kind.PNG),
        ("a.exe", b"Hello", Kind.TEXT),
        ("a.txt", "Häfen 港".encode("utf-16"), Kind.TEXT),
        ("a.txt", "Die Häfen und Straßen der Stadt wären größer.".encode("cp1252"), Kind.TEXT),
        ("a.txt", "é".encode() * 40_000, Kind.TEXT),
        ("a.txt", b"x" + "é".encode() * 40_000, Kind.TEXT),
    ],
)
def test_a_file_is_known_by_its_content(tmp_path: Path, name: str, data: bytes, kind: Kind) -> None:
    assert sniff(keep(tmp_path, "upload", data), name, LIMITS) is kind


@pytest.mark.parametrize(
    ("name", "data", "error", "words"),
    [
        ("a.txt", b"", EmptyFile, "empty"),
        ("a.pdf", b"GIF89a" + bytes(100), NotAccepted, "a picture"),
        ("a.pdf", b"MZ" + bytes(100), NotAccepted, "a program"),
        ("a.txt", b"#!/bin/sh\nrm -rf /", NotAccepted, "a script"),
        ("a.docx", zipped({"a.txt": b"hello"}), NotAccepted, "an archive"),
        ("a.xml", b'<?xml version="1.0"?><svg/>', NotAccepted, "an XML file"),
        ("a.mp4", b"\0\0\0\x20ftypisom" + bytes(50), NotAccepted, "a recording"),
        ("a.txt", b"text with \x00 in it", NotAccepted, "PDF, Word"),
        ("a.txt", bytes(range(1, 32)) * 50, NotAccepted, "PDF, Word"),
        ("a.txt", b"junk before\n" + PDF, Disguised, "two kinds"),
        ("a.pdf", PDF + zipped({"a": b"x"}), Disguised, "two kinds"),
        ("a.txt", b"hello " + zipped({"a": b"x"}), Disguised, "two kinds"),
        ("a.docx", zipped({"a": b"x"})[:20], Damaged, "damaged"),
        ("a.doc", compound("EncryptedPackage"), PasswordProtected, "without one"),
        ("a.doc", compound("Something"), NotAccepted, "PDF, Word"),
        ("a.doc", compound("WordDocument")[:700], Damaged, "cut off"),
        ("a.doc", compound("WordDocument")[:100], Damaged, "cut off"),
        ("a.odt", _odf("text", "<x encryption-data='1'/>"), PasswordProtected, "password"),
        ("a.odg", _odf("graphics"), NotAccepted, "PDF, Word"),
    ],
)
def test_what_is_not_in_the_table_is_refused_with_a_reason(
    tmp_path: Path, name: str, data: bytes, error: type[IngestError], words: str
) -> None:
    with pytest.raises(error, match=words):
        sniff(keep(tmp_path, "upload", data), name, LIMITS)


def test_a_directory_that_goes_in_circles_ends(tmp_path: Path) -> None:
    made = bytearray(compound("WordDocument"))
    made[512 + 4 : 512 + 8] = (1).to_bytes(4, "little")
    assert sniff(keep(tmp_path, "a", bytes(made)), "a", LIMITS) is Kind.DOC


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "shift_jis", "koi8-r"]
)
def test_text_reads_in_the_encodings_people_still_have(encoding: str) -> None:
    text = {
        "shift_jis": "港の開発計画について、住民の意見を聞く必要があります。",
        "koi8-r": "Порт должен расти медленно, и жители города должны участвовать в решении.",
        "cp1252": "Die Häfen und Straßen der Stadt wären größer, wenn alle dafür stimmen würden.",
    }.get(encoding, "Häfen 港 🦊")
    assert decoded(text.encode(encoding), complete=True) == text
